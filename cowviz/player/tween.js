// A scene on its way to another: cowviz/scene/tween.py in the browser, rule for rule.
// A scene is {shapes: Map of id -> shape, background}. Shapes are never changed, so that === tells what moved.

const INFLATION = 8, GROWTH = 0.4, CAP_HEIGHT = 0.729;
const MIDDLE = { start: 0.5, middle: 0, end: -0.5 };
const UNSEEN = ["role", "group", "transition", "origin", "pulse"];
const NUMBERS = ["x", "y", "w", "h", "radius", "width", "r", "size", "head_size", "opacity"];

const ease = (t) => t * t * (3 - 2 * t);

function between(before, after, t) {
  if (t <= 0) return before;
  if (t >= 1) return after;
  const resting = new Map(), travelling = new Map();
  const offsets = offsetsOf(before, after, 1 - t), taken = takenPlaces(before, after);
  const staying = new Set([...after.shapes.values()].filter((shape) => before.shapes.has(shape.id)).map((shape) => shape.group));
  for (const id of merged([...before.shapes.keys()], after.shapes)) {
    const old = before.shapes.get(id), now = after.shapes.get(id);
    const source = now && before.shapes.get(now.origin);
    const offset = offsets.get(now?.group);
    const swaps = (shape) => shape.transition === "swap" && (!shape.group || staying.has(shape.group));
    if (!now) fade(resting, old, leavingShare(old, t, taken, swaps(old)));
    else if (old && now.transition === "fade" && !alike(old, now)) {
      if (t < 0.5) fade(resting, old, 1 - 2 * t);
      else fade(resting, now, 2 * t - 1);
    } else if (old) resting.set(id, changed(old, now, t));
    else if (source) fade(travelling, travelled(source, now, t), 2 * t);
    else if (offset && !now.pulse) fade(travelling, moved(now, ...offset), 2 * t - 1);
    else if (swaps(now)) fade(resting, now, t >= 0.5 ? 1 : 0);
    else if (now.pulse) fade(resting, landing(now, t), 4 * t - 1);
    else fade(resting, now, 2 * t - 1);
  }
  return {
    ...after,
    shapes: new Map([...resting, ...travelling]),
    background: mixed(before.background, after.background, t),
  };
}

// The ids in drawing order: that of `after`, each leaving one above what it lay on.
function merged(before, after) {
  const leaving = new Map([[null, []]]);
  let below = null;
  for (const id of before) {
    if (after.has(id)) leaving.set((below = id), []);
    else leaving.get(below).push(id);
  }
  return [...leaving.get(null), ...[...after.keys()].flatMap((id) => [id, ...(leaving.get(id) ?? [])])];
}

// For each group whose box travels how far that still has to go: what is written on it goes with it.
function offsetsOf(before, after, share) {
  const found = new Map();
  for (const [id, shape] of after.shapes) {
    const source = before.shapes.get(shape.origin);
    if (shape.kind !== "rect" || !shape.group || !source || before.shapes.has(id)) continue;
    found.set(shape.group, apart(source, shape).map((way) => way * share));
  }
  return found;
}

// Where a box leaves and another comes that will cover it.
function takenPlaces(before, after) {
  const boxes = (scene, other) => [...scene.shapes.values()].filter((s) => s.kind === "rect" && !other.shapes.has(s.id));
  const covers = new Set(boxes(after, before).filter((s) => s.fill && s.opacity === 1 && !s.pulse).map(placeOf));
  return new Set(boxes(before, after).map(placeOf).filter((place) => covers.has(place)));
}

const placeOf = (rect) => [rect.x, rect.y, rect.w, rect.h].join();

function leavingShare(shape, t, taken, swaps) {
  if (shape.kind === "rect" && taken.has(placeOf(shape))) return 1;
  if (swaps) return t < 0.5 ? 1 : 0;
  if (shape.pulse) return 1 - 4 * t;
  return 1 - 2 * t;
}

function fade(scene, shape, share) {
  if (share > 0) scene.set(shape.id, share >= 1 ? shape : { ...shape, opacity: shape.opacity * share });
}

function alike(a, b) {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)].filter((key) => !UNSEEN.includes(key)));
  return a === b || [...keys].every((key) => a[key] === b[key] || JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

function changed(old, now, t) {
  if (alike(old, now)) return now;
  const shown = t < 0.5 ? old : now;
  if (old.kind !== now.kind || old.text !== now.text || now.transition === "swap") return shown;
  if (now.kind === "text") return onItsWay({ ...old, fill: shown.fill }, { ...now, fill: shown.fill }, t);
  return onItsWay(old, now, t);
}

// A shape on its way down to its size; words have theirs all the way, as they must stay within their box.
function landing(shape, t) {
  if (shape.kind === "rect") {
    const extra = Math.min(INFLATION, shape.w / 4, shape.h / 4) * (1 - t) ** 2; // clear of its neighbours half way
    const { x, y, w, h, radius } = shape;
    return { ...shape, x: x - extra, y: y - extra, w: w + 2 * extra, h: h + 2 * extra, radius: radius && radius + extra };
  }
  if (shape.kind === "circle") return { ...shape, r: shape.r * (1 + GROWTH * (1 - t)) };
  return shape.kind === "line" ? { ...shape, width: shape.width * (2 - t) } : shape;
}

// Out of its like by all that differs, out of anything else from its middle.
function travelled(source, shape, t) {
  if (source.kind === "text" && shape.kind === "text" && source.anchor === shape.anchor) {
    const { x, y, size, fill } = source;
    return onItsWay({ ...shape, x, y, size, fill }, shape, t); // its own words and style all the way
  }
  if (source.kind === shape.kind) return onItsWay(source, shape, t);
  return moved(shape, ...apart(source, shape).map((way) => way * (1 - t)));
}

function apart(source, shape) {
  const [from, to] = [middle(source), middle(shape)];
  return [from[0] - to[0], from[1] - to[1]];
}

function middle(shape) {
  if (shape.kind === "rect") return [shape.x + shape.w / 2, shape.y + shape.h / 2];
  if (shape.kind === "circle") return [shape.x, shape.y];
  if (shape.kind === "text") {
    return [shape.x + textWidth(shape) * MIDDLE[shape.anchor], shape.y - (shape.size * CAP_HEIGHT) / 2];
  }
  return [0, 1].map((axis) => {
    const ways = shape.points.map((point) => point[axis]);
    return (Math.min(...ways) + Math.max(...ways)) / 2;
  });
}

function textWidth(text) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${text.bold ? "bold " : ""}${text.size}px ${text.mono ? '"DejaVu Sans Mono"' : '"DejaVu Sans"'}, Verdana, sans-serif`;
  return pen.measureText(text.text).width;
}

function moved(shape, dx, dy) {
  if (shape.kind === "line") return { ...shape, points: shape.points.map(([x, y]) => [x + dx, y + dy]) };
  return { ...shape, x: shape.x + dx, y: shape.y + dy };
}

// The new shape with every attribute on its way from the old one's; what has no middle turns half way.
function onItsWay(old, now, t) {
  const shape = { ...now };
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [a, b] = [old[key], now[key]];
    if (key === "id" || a === b) continue;
    if (key === "points") shape[key] = movedPoints(a, b, t);
    else if (NUMBERS.includes(key)) shape[key] = a + (b - a) * t;
    else if ((key === "fill" || key === "stroke") && a && b) shape[key] = mixed(a, b, t);
    else shape[key] = t < 0.5 ? a : b;
  }
  return shape;
}

function mixed(old, now, t) {
  if (old === now) return now;
  const channel = (i) => [old, now].map((colour) => parseInt(colour.slice(i, i + 2), 16));
  const parts = [1, 3, 5].map(channel).map(([a, b]) => Math.round(a + (b - a) * t));
  return "#" + parts.map((part) => part.toString(16).padStart(2, "0")).join("");
}

function movedPoints(old, now, t) {
  const count = Math.max(old.length, now.length), to = withPoints(now, count);
  return withPoints(old, count).map(([x, y], i) => [x + (to[i][0] - x) * t, y + (to[i][1] - y) * t]);
}

// The same run of strokes through as many points: the longest stroke is halved until there are enough.
function withPoints(points, count) {
  const run = [...points];
  while (run.length < count) {
    let longest = 1;
    for (let i = 2; i < run.length; i++) if (distance(run[i - 1], run[i]) > distance(run[longest - 1], run[longest])) longest = i;
    const [[x0, y0], [x1, y1]] = [run[longest - 1], run[longest]];
    run.splice(longest, 0, [(x0 + x1) / 2, (y0 + y1) / 2]);
  }
  return run;
}

const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
