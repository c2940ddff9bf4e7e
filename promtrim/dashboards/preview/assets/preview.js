"use strict";
// Draws a dashboard from the JSON in the page. All text is set as text, never as HTML. Curves are uPlot's.
(() => {
  const { sheet, snapshot, version } = JSON.parse(document.getElementById("data").textContent);
  const TIMES = Array.from({ length: snapshot.count }, (_, index) => snapshot.start + index * snapshot.step);
  const LINES = ["#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#8f63b8", "#a6761d", "#1b9e9e", "#7a8c00", "#b04a7a", "#5d6d7e"];
  const LINES_DARK = ["#56b4e9", "#2dc596", "#e39ac3", "#3d8fd1", "#b18be0", "#d6a95c", "#5fd0d0", "#b9cb4b", "#e07fae", "#a9b7c6"];
  const GREY = "#8e8e8e";
  const charts = [];

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dark = () => {
    const set = document.documentElement.dataset.theme;
    return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const palette = () => (dark() ? LINES_DARK : LINES);
  const last = (values) => { for (let at = values.length - 1; at >= 0; at--) if (values[at] !== null) return values[at]; return null; };

  // ---- numbers -------------------------------------------------------------------------------------------------------
  const trim = (number, digits) => {
    let text = number.toFixed(digits);
    if (text.includes(".")) text = text.replace(/\.?0+$/, "");
    return text === "-0" ? "0" : text;
  };
  const digitsFor = (number) => { const size = Math.abs(number); return size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size === 0 ? 0 : Math.min(6, 2 - Math.floor(Math.log10(size))); };
  const plain = (number, decimals) => trim(number, decimals ?? digitsFor(number));
  const scaled = (number, decimals, base, names, gap) => {
    let rank = 0, size = number;
    while (Math.abs(size) >= base && rank < names.length - 1) { size /= base; rank++; }
    return plain(size, decimals) + (names[rank] ? gap + names[rank] : "");
  };
  const duration = (seconds, decimals) => {
    const size = Math.abs(seconds);
    const steps = [[31536000, "years"], [604800, "weeks"], [86400, "days"], [3600, "hours"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
    if (size === 0) return "0 s";
    const [unit, name] = steps.find(([each]) => size >= each * 0.9999999) || steps[steps.length - 1];
    const value = plain(seconds / unit, decimals);
    return `${value} ${value === "1" && unit >= 3600 ? name.slice(0, -1) : name}`;
  };
  const ago = (milliseconds) => {
    const seconds = snapshot.now - milliseconds / 1000;
    return seconds >= 0 ? `${duration(Math.round(seconds), seconds < 60 ? 0 : 1)} ago` : `in ${duration(Math.round(-seconds), 1)}`;
  };
  const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], SI = ["", "K", "Mil", "Bil", "Tri"];
  const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"];
  const UNITS = {
    bytes: (v, d) => scaled(v, d, 1024, IEC, " "), kbytes: (v, d) => scaled(v * 1024, d, 1024, IEC, " "),
    mbytes: (v, d) => scaled(v * 1048576, d, 1024, IEC, " "), gbytes: (v, d) => scaled(v * 1073741824, d, 1024, IEC, " "),
    decbytes: (v, d) => scaled(v, d, 1000, DECIMAL, " "), deckbytes: (v, d) => scaled(v * 1e3, d, 1000, DECIMAL, " "),
    decmbytes: (v, d) => scaled(v * 1e6, d, 1000, DECIMAL, " "), decgbytes: (v, d) => scaled(v * 1e9, d, 1000, DECIMAL, " "),
    Bps: (v, d) => scaled(v, d, 1000, DECIMAL, " ") + "/s", binBps: (v, d) => scaled(v, d, 1024, IEC, " ") + "/s",
    KBs: (v, d) => scaled(v * 1e3, d, 1000, DECIMAL, " ") + "/s", MBs: (v, d) => scaled(v * 1e6, d, 1000, DECIMAL, " ") + "/s",
    KiBs: (v, d) => scaled(v * 1024, d, 1024, IEC, " ") + "/s", MiBs: (v, d) => scaled(v * 1048576, d, 1024, IEC, " ") + "/s",
    bits: (v, d) => scaled(v, d, 1000, ["b", "kb", "Mb", "Gb", "Tb"], " "), bps: (v, d) => scaled(v, d, 1000, ["b", "kb", "Mb", "Gb", "Tb"], " ") + "/s",
    Mbits: (v, d) => scaled(v * 1e6, d, 1000, ["b", "kb", "Mb", "Gb", "Tb"], " ") + "/s",
    percent: (v, d) => plain(v, d) + "%", percentunit: (v, d) => plain(v * 100, d) + "%",
    s: duration, ms: (v, d) => duration(v / 1e3, d), "µs": (v, d) => duration(v / 1e6, d), ns: (v, d) => duration(v / 1e9, d),
    m: (v, d) => duration(v * 60, d), h: (v, d) => duration(v * 3600, d), d: (v, d) => duration(v * 86400, d),
    dtdurations: duration, dtdurationms: (v, d) => duration(v / 1e3, d), dateTimeFromNow: ago,
    dateTimeAsIso: (v) => new Date(v).toISOString().slice(0, 19).replace("T", " "),
    reqps: (v, d) => scaled(v, d, 1000, SI, " ") + " req/s", ops: (v, d) => scaled(v, d, 1000, SI, " ") + " ops/s",
    cps: (v, d) => scaled(v, d, 1000, SI, " ") + " /s", reqpm: (v, d) => scaled(v, d, 1000, SI, " ") + " req/min",
    cpm: (v, d) => scaled(v, d, 1000, SI, " ") + " /min", celsius: (v, d) => plain(v, d) + " °C", volt: (v, d) => plain(v, d) + " V",
    hertz: (v, d) => scaled(v, d, 1000, ["Hz", "kHz", "MHz", "GHz"], " "), bool: (v) => (v ? "True" : "False"),
    bool_yes_no: (v) => (v ? "Yes" : "No"), bool_on_off: (v) => (v ? "On" : "Off"),
  };
  const format = (value, unit, decimals) => {
    if (value === null || value === undefined) return "";
    const known = UNITS[unit];
    if (known) return known(value, decimals ?? undefined);
    const number = scaled(value, decimals ?? undefined, 1000, SI, " ");
    if (unit.startsWith("suffix:")) return number + unit.slice(7);
    if (unit.startsWith("prefix:")) return unit.slice(7) + number;
    return number;
  };
  // Ticks where a person expects them: minutes, hours and days; powers of two.
  const SPANS = [1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 5e-3, .01, .02, .05, .1, .2, .25, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 604800, 1209600, 2592000, 7776000, 15552000, 31536000, 63072000, 157680000, 315360000];
  const POWERS = Array.from({ length: 60 }, (_, power) => 2 ** power);
  const stepsOf = (unit) => (["s", "dtdurations"].includes(unit) ? SPANS : ["bytes", "binBps"].includes(unit) ? POWERS : undefined);

  // ---- time ----------------------------------------------------------------------------------------------------------
  const two = (number) => String(number).padStart(2, "0");
  const clock = (seconds) => { const at = new Date(seconds * 1000); return `${two(at.getHours())}:${two(at.getMinutes())}`; };
  const day = (seconds) => { const at = new Date(seconds * 1000); return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`; };
  const span = TIMES.length > 1 ? TIMES[TIMES.length - 1] - TIMES[0] : 0;
  const moment = (seconds) => (span > 86400 * 2 ? `${day(seconds).slice(5)} ${clock(seconds)}` : clock(seconds));
  const seconds = () => span < 300;
  const ticks = (width) => {
    const most = Math.max(2, Math.floor(width / (span > 86400 * 2 ? 110 : 70)));
    const step = [5, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800].find((each) => span / each <= most) || 2592000;
    const zone = new Date(TIMES[0] * 1000).getTimezoneOffset() * 60;
    const found = [];
    for (let at = Math.ceil((TIMES[0] - zone) / step) * step + zone; at <= TIMES[TIMES.length - 1]; at += step) found.push(at);
    return found;
  };
  const tick = (at) => (seconds() ? `${clock(at)}:${two(new Date(at * 1000).getSeconds())}` : moment(at));

  // ---- what panels share ---------------------------------------------------------------------------------------------
  const readable = (color) => {
    const hex = /^#([0-9a-f]{6})/i.exec(color);
    if (!hex) return "#ffffff";
    const [red, green, blue] = [0, 2, 4].map((at) => parseInt(hex[1].slice(at, at + 2), 16) / 255).map((c) => (c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4));
    const light = .2126 * red + .7152 * green + .0722 * blue;
    return 1.05 / (light + .05) >= (light + .05) / .0606 ? "#ffffff" : "#111217";  // whichever has more contrast
  };
  const stepColor = (panel, value) => {
    let color = "";
    for (const [from, each] of panel.steps) if (from === null || value >= from) color = each;
    return color === "transparent" ? "" : color;
  };
  const shown = (panel, value) => {
    const state = value === null ? undefined : panel.states.find(([each]) => Number(each) === value);
    if (state) return { text: state[1], color: state[2] || stepColor(panel, value) };
    if (value === null) return { text: panel.missing || "no data", color: panel.steps.length ? stepColor(panel, -Infinity) : "" };
    return { text: format(value, panel.unit, panel.decimals), color: stepColor(panel, value) };
  };
  const series = (panel) => (snapshot.frames[panel.id] || []).flatMap((frame) => frame.names.map((name, at) => ({ name, ref: frame.ref, labels: frame.labels[at], values: frame.values[at], look: panel.looks.find((look) => look.ref === frame.ref) })));
  const troubles = (panel, body) => {
    for (const frame of snapshot.frames[panel.id] || []) {
      if (frame.error) body.append(make("p", "trouble", `Query ${frame.ref}: ${frame.error}`));
      if (frame.more) body.append(make("p", "trouble", `${frame.more} more series are not shown`));
    }
  };
  const empty = (panel, body) => body.append(make("div", "empty", panel.missing || "no data"));

  // ---- kinds of panels -----------------------------------------------------------------------------------------------
  const legend = (entries) => {
    const list = make("ul", "legend");
    for (const { name, color, dashed, block, value } of entries) {
      const item = make("li"), mark = make("i", dashed ? "dashed" : block ? "block" : "");
      if (block) mark.style.background = color; else mark.style.borderColor = color;
      item.title = name;
      item.append(mark, make("span", "", name));
      if (value) item.append(make("b", "", value));
      list.append(item);
    }
    return list;
  };

  // Regions first, below the grid and the curves; lines above the curves. A step's colour reaches up to the next step;
  // where the side below is marked, the line has that side's colour (as Grafana draws it).
  const marks = (panel) => {
    const marked = panel.steps.filter(([, color]) => color);
    const edges = marked.slice(1).map(([value, color], at) => ({ value, color: color === "transparent" ? marked[at][1] : color })).filter(({ value, color }) => value !== null && color !== "transparent");
    return {
      areas: (u) => {
        if (!panel.marks.includes("area")) return;
        const { ctx, bbox } = u;
        marked.forEach(([value, color], at) => {
          if (color === "transparent") return;
          const [low, high] = [u.scales.y.min, u.scales.y.max];
          const from = Math.max(low, value === null ? low : value), to = Math.min(high, marked[at + 1] ? marked[at + 1][0] : high);
          if (to <= from) return;
          const top = u.valToPos(to, "y", true), bottom = u.valToPos(from, "y", true);
          ctx.save(); ctx.globalAlpha = dark() ? .2 : .13; ctx.fillStyle = color; ctx.fillRect(bbox.left, top, bbox.width, bottom - top); ctx.restore();
        });
      },
      lines: (u) => {
        if (!panel.marks.includes("line")) return;
        const { ctx, bbox } = u;
        for (const { value, color } of edges) {
          if (value < u.scales.y.min || value > u.scales.y.max) continue;
          const y = Math.round(u.valToPos(value, "y", true));
          ctx.save(); ctx.globalAlpha = .85; ctx.strokeStyle = color; ctx.lineWidth = 2 * devicePixelRatio; ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke(); ctx.restore();
        }
      },
    };
  };

  const range = (panel) => (u, low, high) => {
    if (low === null || low === undefined) { low = 0; high = 1; }
    if (panel.soft_low !== null) low = Math.min(low, panel.soft_low);
    if (panel.soft_high !== null) high = Math.max(high, panel.soft_high);
    if (low === high) { const room = Math.abs(low) * .1 || 1; low -= room; high += room; }
    const room = (high - low) * .06;
    const bottom = panel.low !== null ? panel.low : low === 0 ? 0 : low - room;
    const top = panel.high !== null ? panel.high : high + (high === panel.soft_high ? 0 : room);
    return [bottom, top > bottom ? top : bottom + 1];
  };

  const timeseries = (panel, body) => {
    const found = series(panel);
    if (!found.some(({ values }) => values.some((value) => value !== null))) return empty(panel, body);
    const colors = palette();
    let at = 0;
    for (const each of found) each.color = (each.look && each.look.color) || colors[at++ % colors.length];
    const plot = make("div", "plot");
    const list = legend(found.map((each) => ({ ...each, dashed: each.look && each.look.dashed, value: format(last(each.values), panel.unit, panel.decimals) })));
    body.append(plot, list);
    const drawn = marks(panel);
    const axis = { stroke: css("--soft"), grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const label = (value) => format(value, panel.unit, panel.decimals);
    const measure = document.createElement("canvas").getContext("2d");
    measure.font = axis.font;
    const chart = new uPlot({
      width: plot.clientWidth || 300, height: plot.clientHeight || 120, padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: true, range: () => [TIMES[0], TIMES[TIMES.length - 1]] }, y: { range: range(panel) } },
      axes: [
        { ...axis, size: 24, gap: 4, splits: (u) => ticks(u.width), values: (u, splits) => splits.map(tick) },
        {
          ...axis, gap: 5, space: 32, ...(stepsOf(panel.unit) ? { incrs: stepsOf(panel.unit) } : {}),
          values: (u, splits) => splits.map(label),
          size: (u, values) => Math.max(24, ...(values || []).map((text) => measure.measureText(text).width + 12)),
        },
      ],
      series: [{}, ...found.map((each) => ({
        label: each.name, stroke: each.color, width: each.look && each.look.dashed ? 1.6 : 2, spanGaps: false,
        dash: each.look && each.look.dashed ? [8, 6] : undefined, points: { show: each.values.filter((value) => value !== null).length < 2 ? true : undefined, size: 5 },
      }))],
      hooks: {
        drawAxes: [drawn.areas], draw: [drawn.lines],
        setCursor: [(u) => {
          const at = u.cursor.idx;
          [...list.children].forEach((item, index) => { item.lastChild.textContent = label(at === null || at === undefined ? last(found[index].values) : found[index].values[at]) || "-"; });
        }],
      },
    }, [TIMES, ...found.map(({ values }) => values)], plot);
    charts.push(() => { if (plot.clientWidth && (chart.width !== plot.clientWidth || chart.height !== plot.clientHeight)) chart.setSize({ width: plot.clientWidth, height: plot.clientHeight }); });
  };

  const stat = (panel, body) => {
    const tiles = make("div", "tiles");
    const found = series(panel);
    for (const each of found.length ? found : [{ name: "", values: [null] }]) {
      const { text, color } = shown(panel, last(each.values));
      const tile = make("div", "tile");
      if (found.length > 1) tile.append(make("small", "", each.name));
      const strong = make("strong", "", text);
      tile.append(strong);
      if (color && panel.mode === "background") { tile.style.background = color; tile.style.color = readable(color); } else if (color) strong.style.color = color;
      tiles.append(tile);
    }
    body.append(tiles);
    const fit = () => {
      for (const tile of tiles.children) {
        const strong = tile.querySelector("strong");
        const room = Math.min(tile.clientHeight * .62, (tile.clientWidth - 12) / Math.max(3, strong.textContent.length) * 1.75, 56);
        strong.style.fontSize = `${Math.max(13, room)}px`;
      }
    };
    charts.push(fit);
  };

  const timeline = (panel, body) => {
    const found = series(panel).filter(({ values }) => values.some((value) => value !== null));
    if (!found.length) return empty(panel, body);
    const colors = palette(), states = make("div", "states"), seen = new Map();
    for (const each of found) {
      states.append(Object.assign(make("div", "name", each.name), { title: each.name }));
      const bar = make("div", "bar");
      let start = 0;
      const whole = TIMES.length;
      for (let at = 1; at <= whole; at++) {
        if (at < whole && each.values[at] === each.values[start]) continue;
        const value = each.values[start];
        if (value !== null) {
          const state = shown(panel, value), color = state.color || colors[0];
          seen.set(state.text, color);
          const segment = make("span", "", state.text);
          segment.style.left = `${start / whole * 100}%`;
          segment.style.width = `calc(${(at - start) / whole * 100}% - ${at < whole ? 1 : 0}px)`;
          segment.style.background = color;
          segment.style.color = readable(color);
          segment.title = `${each.name}: ${state.text}, ${moment(TIMES[start])} to ${moment(TIMES[Math.min(at, whole - 1)])}`;
          bar.append(segment);
        }
        start = at;
      }
      states.append(bar);
    }
    const axis = make("div", "axis");
    body.append(states, axis, legend([...seen].map(([name, color]) => ({ name, color, block: true }))));
    charts.push(() => {
      const bar = states.querySelector(".bar").getBoundingClientRect(), left = bar.left - axis.getBoundingClientRect().left;
      axis.replaceChildren(...ticks(bar.width).map((at) => { const text = make("span", "", tick(at)); text.style.left = `${Math.min(Math.max(left + (at - TIMES[0]) / (span || 1) * bar.width, left + 16), left + bar.width - 16)}px`; return text; }));
      for (const segment of states.querySelectorAll(".bar span")) {
        if (segment.dataset.text === undefined) segment.dataset.text = segment.textContent;
        segment.textContent = segment.getBoundingClientRect().width >= segment.dataset.text.length * 7 + 10 ? segment.dataset.text : "";
        segment.style.padding = segment.textContent ? "" : "0";
      }
    });
  };

  const table = (panel, body) => {
    const found = series(panel);
    if (!found.length) return empty(panel, body);
    const { excludeByName = {}, indexByName = {}, renameByName = {} } = panel.organize;
    const labels = [...new Set(found.flatMap((each) => Object.keys(each.labels)))];
    const columns = [...labels, "Value"].filter((name) => !excludeByName[name] && name !== "__name__");
    columns.sort((a, b) => (indexByName[a] ?? 99) - (indexByName[b] ?? 99));
    const values = make("table", "data"), head = make("tr");
    for (const name of columns) head.append(make("th", "", renameByName[name] || name));
    values.append(head);
    for (const each of found) {
      const line = make("tr");
      for (const name of columns) line.append(make("td", "", name === "Value" ? format(last(each.values), panel.column_units[renameByName[name] || name] || panel.unit, panel.decimals) : each.labels[name] || ""));
      values.append(line);
    }
    const scroll = make("div", "scroll");
    scroll.append(values);
    body.append(scroll);
  };

  const KINDS = {
    timeseries, stat, table, "state-timeline": timeline,
    text: (panel, body) => body.append(make("p", "text", panel.text)),
    none: (panel, body) => body.append(make("div", "empty", panel.note)),
  };

  // Markdown as a person reads it: no marks, code as it is, links that begin with http as links.
  const described = (text) => {
    const box = make("div", "about");
    for (const [at, block] of text.split(/^(`{3,})\w*\n([^]*?)\n\1$/m).entries()) {
      if (at % 3 === 1) continue;
      if (at % 3 === 2) { box.append(make("code", "", block)); continue; }
      for (const piece of block.split(/(\[[^\]\n]*\]\(https?:\/\/[^\s)]+\))/)) {
        const link = /^\[([^\]]*)\]\((.*)\)$/.exec(piece);
        box.append(link ? anchor(link[1], link[2]) : piece.replace(/\*\*/g, "").replace(/\\([\\`*_[\]<>#|])/g, "$1"));
      }
    }
    return box;
  };
  const anchor = (title, url) => Object.assign(make("a", "", title), { href: url, target: "_blank", rel: "noreferrer noopener" });

  const draw = () => {
    charts.length = 0;
    const grid = document.getElementById("grid");
    grid.replaceChildren();
    for (const panel of sheet.drawings) {
      const place = { gridColumn: `${panel.x + 1} / span ${Math.min(panel.w, 24 - panel.x)}`, gridRow: `${panel.y + 1} / span ${panel.h}` };
      if (panel.type === "row") { const heading = make("h2", "row", panel.title); Object.assign(heading.style, place); grid.append(heading); continue; }
      const box = make("section", `panel ${panel.type}${panel.w <= 6 && panel.h <= 4 ? " small" : ""}`);
      Object.assign(box.style, place);
      box.style.height = innerWidth <= 768 ? `${Math.min(panel.h, panel.type === "stat" ? 3 : 20) * 38 - 8}px` : "";
      const head = make("div", "head"), body = make("div", "body");
      const title = make("h3", "", panel.title);
      title.title = panel.title;
      head.append(title);
      if (panel.description || panel.links.length) {
        const more = make("button", "", "i");
        more.type = "button";
        more.setAttribute("aria-label", `About ${panel.title}`);
        more.addEventListener("click", () => {
          const open = box.querySelector(".about");
          if (open) { open.remove(); return; }
          const about = described(panel.description);
          for (const [name, url] of panel.links) if (!panel.description.includes(url)) about.append(make("br"), anchor(name, url));
          box.append(about);
        });
        head.append(more);
      }
      box.append(head, body);
      grid.append(box);
      troubles(panel, body);
      (KINDS[panel.type] || KINDS.none)(panel, body);
    }
    for (const resize of charts) resize();
  };

  const text = (id, words) => { document.getElementById(id).textContent = words; };
  text("title", sheet.title);
  text("when", `${day(TIMES[0])} ${clock(TIMES[0])} to ${day(TIMES[TIMES.length - 1]) === day(TIMES[0]) ? "" : day(TIMES[TIMES.length - 1]) + " "}${clock(TIMES[TIMES.length - 1])}`);
  text("about", sheet.description);
  const chosen = sheet.variables.map(([name, value]) => `${name}: ${value === ".*" ? "all" : value}`).join(", ");
  text("foot", `A picture of ${snapshot.server}, not a live view${chosen ? `; ${chosen}` : ""}. promtrim ${version}`);
  const named = { "#dark": "dark", "#light": "light" }[location.hash];
  if (named) document.documentElement.dataset.theme = named;
  document.getElementById("theme").addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let wide = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== wide) { wide = innerWidth; draw(); } });
  draw();
  document.documentElement.dataset.ready = "yes";
})();
