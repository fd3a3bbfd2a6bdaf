// Runs before the page's own script, and tells what a test cannot see from outside.
window.probe = {
  complaints: [],
  longTasks: [],
  frameGaps: [],
  /// Forgets the time before.
  reset() {
    this.longTasks = [];
    this.frameGaps = [];
  },

  /// The contrast of two colours by WCAG 2.
  contrast(one, other) {
    const luminance = (colour) => {
      const [r, g, b] = colour.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  },

  /// What the browser makes of a colour: red, green, blue and opacity.
  colour(text) {
    this.context ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
      .getContext("2d", { willReadFrequently: true });
    this.context.clearRect(0, 0, 1, 1);
    this.context.fillStyle = text;
    this.context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = this.context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  },

  /// The nearest background that covers what lies behind it.
  background(element) {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a] = this.colour(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return [r, g, b];
      if (at.tagName === "DIALOG") break;
    }
    return this.colour(getComputedStyle(document.body).backgroundColor).slice(0, 3);
  },

  /// Each text that can be seen and has less contrast than it must.
  paleTexts(least) {
    const pale = [];
    const dialog = document.querySelector("dialog[open]");
    const walker = document.createTreeWalker(dialog ?? document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim();
      const element = walker.currentNode.parentElement;
      if (!text || element.closest(".unseen, .skip, noscript, script, svg")
        || !element.checkVisibility({ checkVisibilityCSS: true })) continue;
      seen += 1;
      const [r, g, b] = this.colour(getComputedStyle(element).color);
      const ratio = this.contrast([r, g, b], this.background(element));
      if (ratio < least) pale.push(`${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
    }
    return seen > 10 ? pale : ["too little text to judge"];
  },

  /// The contrast of colours of the design, by their names, to a background of it.
  tokenContrasts(names, background) {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => this.colour(style.getPropertyValue(`--${name}`)).slice(0, 3);
    return Object.fromEntries(names.map((name) => [name, this.contrast(value(name), value(background))]));
  },

  /// How many pixels of a canvas have about the colour of a token.
  painted(canvas, token) {
    const wanted = this.colour(getComputedStyle(document.documentElement).getPropertyValue(`--${token}`));
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 128 && [0, 1, 2].every((k) => Math.abs(data[i + k] - wanted[k]) < 12)) count += 1;
    }
    return count;
  },
};

addEventListener("securitypolicyviolation", (event) =>
  window.probe.complaints.push(`security policy: ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => window.probe.complaints.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) =>
  window.probe.complaints.push(`unhandled: ${event.reason}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.probe.longTasks.push(entry.duration);
}).observe({ type: "longtask" });
let lastFrame = performance.now();
requestAnimationFrame(function frame(at) {
  window.probe.frameGaps.push(at - lastFrame);
  lastFrame = at;
  requestAnimationFrame(frame);
});
