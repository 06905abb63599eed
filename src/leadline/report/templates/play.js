/* Amounts to turn beside a response curve: what the outcome changes, reckoned here from draws that the page holds.
   Numbers are rounded and written as the rest of the page does it (saying.estimate, words.number); a proof compares both. */
"use strict";

const THIN = "\u202f", MINUS = "\u2212";
const LOW = 0.05, HIGH = 0.95; // ends of the 90 % interval

function grouped(text) {
  const [whole, part] = text.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  return (part ? `${spaced}.${part}` : spaced).replace("-", MINUS);
}

function number(value, digits) {
  if (value === 0) return "0";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(decimals);
  return grouped(decimals ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
}

// Factor and name of the unit in which an amount is read: money in thousands and millions.
function scale(value, currency) {
  if (currency && value >= 1e6) return [1e6, `M${currency}`];
  if (currency && value >= 1e3) return [1e3, `k${currency}`];
  return [1, currency];
}

function money(value, currency) {
  const [by, unit] = scale(Math.abs(value), currency);
  return `${number(value / by, 3)} ${unit}`.trim();
}

function rounded(value, digits) {
  const by = 10 ** -digits;
  return digits < 0 ? Math.round(value / by) * by : Number(value.toFixed(digits));
}

function written(value, digits) {
  return grouped(rounded(value, digits).toFixed(Math.max(0, digits))).replace(/^\u2212(?=[0.]*$)/, "");
}

function estimate([low, middle, high], currency) {
  const [by, unit] = scale(Math.abs(middle) || Math.max(Math.abs(low), Math.abs(high)), currency);
  const parts = [low / by, middle / by, high / by], width = parts[2] - parts[0];
  let told;
  if (currency && width > 0.1 * Math.abs(parts[1])) {
    told = parts.map((one) => number(one, 2));
  } else {
    let digits = width > 0 ? Math.ceil(-Math.log10(width / 5) - 1e-9) : 0;
    if (Math.abs(rounded(parts[0], digits) - parts[0]) > 0.25 * Math.abs(parts[0])) digits += 1;
    told = parts.map((one) => written(one, digits));
  }
  const sign = middle > 0 ? "+" : "", shown = `${sign}${told[1]} ${unit}`.trim();
  if (told[0] === told[2]) return shown;
  const between = told[0].startsWith(MINUS) || told[2].startsWith(MINUS) ? " to " : "\u2013";
  return `${shown} (${told[0]}${between}${told[2]})`;
}

function quantile(sorted, part) {
  const place = (sorted.length - 1) * part, under = Math.floor(place), over = Math.min(under + 1, sorted.length - 1);
  return sorted[under] + (sorted[over] - sorted[under]) * (place - under);
}

function interval(draws) {
  const sorted = Float64Array.from(draws).sort();
  return [quantile(sorted, LOW), quantile(sorted, 0.5), quantile(sorted, HIGH)];
}

// Sixteen bits a number, the lower eight first.
function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)), view = new DataView(bytes.buffer);
  return Int16Array.from({ length: bytes.length / 2 }, (_, place) => view.getInt16(2 * place, true));
}

function marker(drawing) {
  const made = ["line", "circle"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  made.forEach((one) => one.classList.add("here"));
  drawing.append(...made);
  return made;
}

class Lever {
  constructor(element) {
    const told = element.dataset;
    this.element = element;
    this.slider = element.querySelector("input");
    this.name = element.querySelector("label").textContent;
    this.money = told.money === "" ? null : Number(told.money);
    this.seen = Number(told.seen);
    this.step = Number(told.step);
    this.plot = told.plot.split(" ").map(Number);
    this.heights = told.heights.split(" ").map(Number);
    this.weights = decoded(told.weights);
    this.shapes = decoded(told.shapes);
    this.rank = this.shapes.length / this.heights.length;
    this.draws = this.weights.length / this.rank;
    [this.line, this.dot] = marker(element.querySelector("svg"));
  }

  get percent() {
    return this.slider.valueAsNumber;
  }

  get isBeyond() {
    return this.percent / 100 > this.seen;
  }

  get point() {
    return Math.round((this.percent / Number(this.slider.max)) * (this.heights.length - 1));
  }

  // What the outcome changes in each draw: a mixture of a few shapes that all draws share, at the point turned to.
  moved() {
    const { point, rank, step, weights, shapes, heights, draws } = this;
    return Float64Array.from({ length: draws }, (_, draw) => {
      let sum = 0;
      for (let at = 0; at < rank; at += 1) sum += weights[draw * rank + at] * shapes[at * heights.length + point];
      return sum * step;
    });
  }

  show(kpi, unit, currency) {
    const share = this.percent === 100 ? "as it was" : `${this.percent}\u00a0% of what it was`;
    const paid = this.money === null ? "" : `: ${money((this.money * this.percent) / 100, currency)}`;
    this.element.querySelector(".amount").textContent = share + paid;
    this.element.querySelector("output").textContent = this.percent === 100 ? `${kpi}: no change` : `${kpi} ${estimate(interval(this.moved()), unit)}`;
    this.element.querySelector(".beyond").hidden = !this.isBeyond;
    this.slider.setAttribute("aria-valuetext", share + paid);
    const [left, right, top, bottom] = this.plot, x = left + ((right - left) * this.percent) / Number(this.slider.max);
    for (const [name, value] of Object.entries({ x1: x, x2: x, y1: top, y2: bottom })) this.line.setAttribute(name, value);
    for (const [name, value] of Object.entries({ cx: x, cy: this.heights[this.point], r: 5 })) this.dot.setAttribute(name, value);
  }
}

function together(levers) {
  const sum = new Float64Array(levers[0].draws);
  for (const lever of levers) lever.moved().forEach((value, draw) => (sum[draw] += value));
  return sum;
}

function spent(levers, currency) {
  const paid = levers.filter((lever) => lever.money !== null);
  const was = paid.reduce((sum, lever) => sum + lever.money, 0);
  const is = paid.reduce((sum, lever) => sum + (lever.money * lever.percent) / 100, 0);
  const part = was ? Math.round((100 * (is - was)) / was) : 0;
  const signed = `${part > 0 ? "+" : part < 0 ? MINUS : ""}${Math.abs(part)}\u00a0%`;
  return is === was ? `${money(was, currency)}, as it was` : `${money(was, currency)} \u2192 ${money(is, currency)} (${signed})`;
}

function begin(play) {
  const { kpi, unit, currency } = play.dataset;
  const levers = [...play.querySelectorAll(".lever")].map((element) => new Lever(element));
  const total = play.querySelector(".together"), changed = total.querySelector(".changed"), beyond = total.querySelector(".beyond"), box = total.querySelector(".spent");
  const show = () => {
    levers.forEach((lever) => lever.show(kpi, unit, currency));
    if (box) box.textContent = spent(levers, currency);
    const isMoved = levers.some((lever) => lever.percent !== 100);
    if (changed) changed.textContent = isMoved ? estimate(interval(together(levers)), unit) : "no change";
    const names = levers.filter((lever) => lever.isBeyond).map((lever) => lever.name);
    beyond.hidden = !names.length;
    beyond.querySelector("span").textContent = names.join(", ");
  };
  play.addEventListener("input", show);
  total.querySelector("button").addEventListener("click", () => {
    for (const lever of levers) lever.slider.value = 100;
    show();
  });
  show();
  play.hidden = false;
  play.closest("figure").classList.add("playing");
}

document.querySelectorAll(".play").forEach(begin);
