// The player: one step at a time, forward and back, by itself at a chosen pace. Nothing moves that nobody started.

const part = (id) => document.getElementById(id);
const DEFAULTS = {
  rect: { radius: 0, corners: "all", width: 0, dash: [], opacity: 1 },
  line: { dash: [], head: false, head_size: 15, opacity: 1 },
  circle: { width: 0, opacity: 1 },
  text: { anchor: "start", opacity: 1 },
};
const NARROW = 600; // px: below it, the words of the picture could not be read
const SWIPE = 40; // px
const data = JSON.parse(part("data").textContent), { steps, words } = data;
const dark = matchMedia("(prefers-color-scheme: dark)"), calm = matchMedia("(prefers-reduced-motion: reduce)");
const last = steps.length - 1, picture = part("picture"), answered = new Set();

let at = 0; // the place of the step that is shown
let look = null; // 0 by day, 1 by night; null: as the system says
let isNarrow = false;
let onScreen = null; // the scene that is drawn, and by ids what draws it
let drawn = new Map();
let run = 0; // whatever moves belongs to a run, and stops when there is a new one
let playing = false;
let asking = null; // the step whose question waits, with what to call once it need wait no longer

// Scenes

const looking = () => look ?? Number(dark.matches);
let decoded = new Map();

// The scenes of a step in the present look; the same shapes are the same objects.
function scenesOf(index, night = looking(), narrow = isNarrow) {
  const key = `${night}${narrow}`;
  if (!decoded.has(key)) decoded.set(key, decode(night, narrow));
  return decoded.get(key)[index];
}

function decode(night, narrow) {
  const colour = (number) => (number === undefined ? undefined : data.colours[number][night]);
  const shapes = data.shapes.map((coded) => {
    const { fill, stroke, ...shape } = coded;
    return { ...DEFAULTS[shape.kind], ...shape, fill: colour(fill), stroke: colour(stroke) };
  });
  const floor = Math.min(...shapes.filter((shape) => shape.role === "caption").map((shape) => shape.y - shape.size));
  const shown = narrow ? shapes.map((shape) => withoutWords(shape, floor)) : shapes;
  return steps.map((step) =>
    step.scenes.map((scene) => {
      const own = scene.shapes.map((number) => shown[number]).filter(Boolean);
      const background = colour(scene.background);
      return { shapes: new Map(own.map((shape) => [shape.id, shape])), background, motion: scene.motion ?? 0 };
    }),
  );
}

// What a narrow picture leaves out stands beside it as text; what stood below the caption moves up.
function withoutWords(shape, floor) {
  if (["title", "dot", "progress", "caption"].includes(shape.role)) return null;
  const top = shape.points?.[0][1] ?? shape.y;
  return top > floor ? moved(shape, 0, floor + 50 - data.height) : shape;
}

function viewBox() {
  if (!isNarrow) return `0 0 ${data.width} ${data.height}`;
  const captions = data.shapes.filter((shape) => shape.role === "caption");
  const floor = Math.min(...captions.map((shape) => shape.y - shape.size), data.height);
  return `16 60 ${data.width - 32} ${floor - 60 + 54}`;
}

function paint(scene) {
  const now = new Map();
  for (const [id, shape] of scene.shapes) {
    const old = drawn.get(id);
    now.set(id, old?.shape === shape ? old : { shape, node: draw(shape) });
  }
  picture.setAttribute("viewBox", viewBox());
  picture.replaceChildren(backdrop(scene), ...[...now.values()].map((each) => each.node));
  [onScreen, drawn] = [scene, now];
}

const backdrop = (scene) => element("rect", { width: data.width, height: data.height, fill: scene.background });

// Motion

const frame = () => new Promise(requestAnimationFrame);
const pause = (seconds) => new Promise((done) => setTimeout(done, (1000 * seconds) / Number(part("pace").value)));

// Move on to a scene in so many seconds; false where another run has begun meanwhile.
async function moveTo(scene, seconds, mine) {
  const before = onScreen, start = performance.now(), length = (1000 * seconds) / Number(part("pace").value);
  while (!calm.matches && run === mine && performance.now() - start < length) {
    paint(between(before, scene, ease((performance.now() - start) / length)));
    await frame();
  }
  if (run === mine) paint(scene);
  return run === mine;
}

// Show a step: its scenes one after the other, only its last ("back"), or that at once ("cut").
async function goTo(index, how) {
  const mine = ++run;
  if (asking) closeQuestion(false);
  if (at !== index) paint(scenesOf(at).at(-1)); // whatever was on its way is there
  const scenes = scenesOf(index), back = scenesOf(at)[0].motion;
  at = index;
  tell();
  if (how === "cut") return paint(scenes.at(-1));
  if (how === "back") return moveTo(scenes.at(-1), back, mine);
  for (const scene of scenes) {
    if (!(await moveTo(scene, scene.motion, mine))) return;
    if (scene !== scenes.at(-1)) await pause(data.beat);
    if (run !== mine) return;
  }
}

function tell() {
  const step = steps[at], count = steps.at(-1).number;
  const number = words.step.replace("{number}", step.number).replace("{steps}", count);
  part("caption").textContent = step.caption;
  part("number").textContent = `${step.number} / ${count}`;
  picture.setAttribute("aria-label", step.alt);
  part("scrubber").value = at + 1;
  part("scrubber").setAttribute("aria-valuetext", number);
  part("back").setAttribute("aria-disabled", at === 0);
  part("forward").setAttribute("aria-disabled", at === last);
}

// Keep the address true; a frame without an origin may not write it.
function remember() {
  try {
    history.replaceState(null, "", `#step=${steps[at].number}`);
  } catch {}
}

// Going

async function forward() {
  if (asking) return void part("asked").focus();
  if (at === last) return;
  const next = steps[at + 1];
  if (next.question && !answered.has(next) && !(await ask(next))) return;
  const going = goTo(at + 1, "forward");
  remember();
  await going;
}

function jump(index, how = "cut") {
  stop();
  if (index < 0 || index > last || (index === at && !asking)) return;
  goTo(index, how);
  remember();
}

async function next() {
  stop();
  await forward();
}

const back = () => jump(asking ? at : at - 1, "back");

async function play() {
  if (playing) return stop();
  setPlaying(true);
  if (at === last) {
    goTo(0, "cut");
    remember();
  }
  while (playing && at < last) {
    const mine = run;
    await pause(steps[at].seconds);
    if (playing && run === mine) await forward();
  }
  setPlaying(false);
}

function stop() {
  if (playing) setPlaying(false);
}

function setPlaying(on) {
  playing = on;
  part("play").setAttribute("aria-label", on ? words.pause : words.play);
  part("play").querySelector("path").setAttribute("d", on ? "M7 5h3v14H7zM14 5h3v14h-3z" : "M8 5v14l11-7z");
}

// Questions

// Wait until the step's question is answered or skipped; false where somebody went elsewhere instead.
function ask(step) {
  const { text, choices } = step.question;
  part("asked").textContent = text;
  part("verdict").textContent = "";
  part("go-on").textContent = words.skip;
  part("choices").replaceChildren(...choices.map((choice, i) => choiceButton(step, choice, i)));
  part("question").hidden = false;
  part("asked").focus();
  return new Promise((done) => (asking = { step, done }));
}

function choiceButton(step, text, index) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.onclick = () => answer(step, index);
  return button;
}

function answer(step, index) {
  const { choices, answer, why } = step.question;
  if (answered.has(step)) return;
  answered.add(step);
  const said = index === answer ? words.right : words.wrong.replace("{answer}", choices[answer]);
  part("verdict").textContent = `${said} ${why}`;
  [...part("choices").children].forEach((button, i) => {
    button.setAttribute("aria-disabled", true);
    button.classList.toggle("right", i === answer);
    button.classList.toggle("wrong", i === index && i !== answer);
  });
  part("go-on").textContent = words.go_on;
  part("go-on").focus();
}

function closeQuestion(goOn) {
  const { step, done } = asking;
  asking = null;
  part("question").hidden = true;
  if (goOn) {
    answered.add(step);
    part("forward").focus();
  }
  done(goOn);
}

// Hands

const KEYS = {
  ArrowRight: next, ArrowDown: next, PageDown: next, " ": next,
  ArrowLeft: back, ArrowUp: back, PageUp: back,
  Home: () => jump(0), End: () => jump(last),
}; // prettier-ignore

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && asking) return closeQuestion(true);
  const where = event.target.closest("input, select, button");
  if (where && (where.matches("input, select") || event.key === " ")) return; // the key is theirs
  const act = event.key === " " && event.shiftKey ? back : KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

let touched = null;
part("stage").addEventListener("pointerdown", (event) => {
  touched = event.pointerType === "mouse" || !event.isPrimary ? null : event;
});
part("stage").addEventListener("pointerup", (event) => {
  if (!touched || event.pointerId !== touched.pointerId) return;
  const [dx, dy] = [event.clientX - touched.clientX, event.clientY - touched.clientY];
  if (Math.abs(dx) > SWIPE && Math.abs(dx) > 2 * Math.abs(dy)) (dx < 0 ? next : back)();
});

part("back").onclick = back;
part("forward").onclick = next;
part("play").onclick = play;
part("go-on").onclick = () => closeQuestion(true);
part("scrubber").oninput = (event) => {
  const index = Number(event.target.value) - 1;
  jump(index, index === at + 1 ? "forward" : index === at - 1 ? "back" : "cut");
};
part("look").onclick = () => {
  look = 1 - looking();
  repaint();
};
part("full").hidden = !document.fullscreenEnabled;
part("full").onclick = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
};

function repaint() {
  document.documentElement.dataset.look = ["day", "night"][looking()];
  run++;
  paint(scenesOf(at).at(-1));
}

function fromAddress() {
  const wanted = /^#step=(\d+)$/.exec(location.hash);
  const index = wanted ? steps.findIndex((step) => step.number === Number(wanted[1])) : -1;
  return Math.max(0, index);
}

addEventListener("hashchange", () => {
  stop();
  goTo(fromAddress(), "cut");
});
dark.addEventListener("change", repaint);
new ResizeObserver(([box]) => {
  const narrow = box.contentRect.width < NARROW;
  if (narrow === isNarrow) return;
  isNarrow = narrow;
  part("player").classList.toggle("narrow", narrow);
  repaint();
}).observe(part("player"));

// On paper: every step, by day.

addEventListener("beforeprint", () => {
  const pages = steps.map((step, index) => {
    const scene = scenesOf(index, 0, false).at(-1), nodes = [...scene.shapes.values()].map(draw);
    const frame = { viewBox: `0 0 ${data.width} ${data.height}`, "font-family": picture.getAttribute("font-family") };
    return element("svg", frame, backdrop(scene), ...nodes);
  });
  part("pages").replaceChildren(...pages);
});
addEventListener("afterprint", () => part("pages").replaceChildren());

part("scrubber").max = steps.length;
at = fromAddress();
tell();
repaint();
