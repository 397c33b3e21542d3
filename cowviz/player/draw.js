// Shapes as SVG elements: cowviz/renderers/svg.py and geometry.py in the browser.

const SVG = "http://www.w3.org/2000/svg", HEAD_WIDTH = 0.8, UNDER_HEAD = 1;
const MONO = "DejaVu Sans Mono, Menlo, Consolas, monospace";

function element(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A line whose first letter is of a script that runs from right to left: cowviz/text.py in the browser.
const RIGHT_TO_LEFT = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const isRtl = (text) => RIGHT_TO_LEFT.test(text) && /^\P{L}*\p{L}/u.test(text);

const draw = (shape) => DRAW[shape.kind](shape);

const DRAW = {
  rect(shape) {
    const [left, right] = radii(shape), { x, y, w, h } = shape;
    if (left === right) return element("rect", { x, y, width: w, height: h, rx: left || null, ...paintOf(shape) });
    const corner = (r, dx, dy) => (r ? `a${r} ${r} 0 0 1 ${dx} ${dy}` : "");
    const d =
      `M${x + left} ${y}H${x + w - right}${corner(right, right, right)}V${y + h - right}${corner(right, -right, right)}` +
      `H${x + left}${corner(left, -left, -left)}V${y + left}${corner(left, left, -left)}Z`;
    return element("path", { d, ...paintOf(shape) });
  },
  circle: (shape) => element("circle", { cx: shape.x, cy: shape.y, r: shape.r, ...paintOf(shape) }),
  text(shape) {
    const style = {
      "font-size": shape.size,
      "font-weight": shape.bold ? "bold" : null,
      "font-family": shape.mono ? MONO : null,
      direction: isRtl(shape.text) ? "rtl" : null,
      "text-anchor": (isRtl(shape.text) && { start: "end", end: "start" }[shape.anchor]) || shape.anchor,
      "xml:space": "preserve",
    };
    return element("text", { x: shape.x, y: shape.y, fill: shape.fill, ...style, ...opacityOf(shape) }, shape.text);
  },
  line(shape) {
    const [shaft, head] = arrow(shape);
    const run = element("polyline", {
      points: shaft.join(" "),
      fill: "none",
      stroke: shape.stroke,
      "stroke-width": shape.width,
      "stroke-linejoin": "round",
      "stroke-dasharray": lineDashes(shape, shaft).join(" ") || null,
    });
    const tip = head ? [element("polygon", { points: head.join(" "), fill: shape.stroke })] : [];
    return element("g", opacityOf(shape), run, ...tip);
  },
};

const opacityOf = (shape) => ({ opacity: shape.opacity === 1 ? null : shape.opacity });

function paintOf(shape) {
  const stroked = shape.stroke && shape.width > 0;
  return {
    fill: shape.fill ?? "none",
    stroke: stroked ? shape.stroke : null,
    "stroke-width": stroked ? shape.width : null,
    "stroke-dasharray": stroked && shape.dash?.length ? rectDashes(shape).join(" ") : null,
    ...opacityOf(shape),
  };
}

function radii(rect) {
  const both = rect.corners === "all";
  const radius = Math.max(0, Math.min(rect.radius, rect.h / 2, rect.w / (both ? 2 : 1)));
  return [both || rect.corners === "left" ? radius : 0, both || rect.corners === "right" ? radius : 0];
}

// The line's shaft, shortened so that it does not poke out of the tip, and the triangle of its head.
function arrow(line) {
  const [from, to] = line.points.slice(-2), length = line.head ? distance(from, to) : 0;
  if (!length) return [line.points, null];
  const [x, y] = to, ux = (x - from[0]) / length, uy = (y - from[1]) / length, size = line.head_size;
  const back = [x - size * ux, y - size * uy], side = [(-uy * size * HEAD_WIDTH) / 2, (ux * size * HEAD_WIDTH) / 2];
  const cut = Math.max(0, Math.min(size - UNDER_HEAD, length));
  const shaft = [...line.points.slice(0, -1), [x - cut * ux, y - cut * uy]];
  return [shaft, [to, [back[0] + side[0], back[1] + side[1]], [back[0] - side[0], back[1] - side[1]]]];
}

// Dashes, stretched a little so that a shaft begins and ends with a whole one ...
function lineDashes(line, shaft) {
  if (line.dash.length !== 2) return line.dash;
  const [on, off] = line.dash, ways = shaft.slice(1).map((point, i) => distance(shaft[i], point));
  const length = ways.reduce((sum, way) => sum + way, 0);
  const count = Math.max(1, Math.round((length + off) / (on + off)));
  return stretched(line.dash, length / (count * (on + off) - off));
}

// ... and an edge's last gap meets its first dash.
function rectDashes(rect) {
  if (rect.dash.length !== 2) return rect.dash;
  const [left, right] = radii(rect), around = 2 * (rect.w + rect.h) - (4 - Math.PI) * (left + right);
  const pair = rect.dash[0] + rect.dash[1];
  return stretched(rect.dash, around / (Math.max(1, Math.round(around / pair)) * pair));
}

const stretched = (dash, by) => (by > 0 ? dash.map((length) => length * by) : []);
