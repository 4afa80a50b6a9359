// Pictures of numbers, as SVG. What they say stands beside them as text, so nobody needs the picture.

import { h, s } from "./dom.js";

const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const whole = new Intl.NumberFormat("en");

/** A number as a person reads it. */
export const number = value => Number.isInteger(value) && Math.abs(value) < 1e15 ? whole.format(value) : short.format(value);

export const percent = share => `${short.format(Math.round(share * 1000) / 10)} %`;

export const day = seconds => Number.isFinite(seconds) && Math.abs(seconds) < 8e12 ? new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") : number(seconds);

/** The ends of an axis below a picture. */
const ends = (from, to) => h("div", { class: "ends soft", "aria-hidden": "true" }, h("span", {}, from), h("span", {}, to));

/**
 * Bars of equal width.
 * @param found `{least, most, bins}` as the server sums them up; @param label what is counted; @param format of the axis.
 */
export function histogram(found, label, format = number, height = 64) {
    const { least, most, bins } = found;
    const top = Math.max(...bins, 1), count = bins.length, wide = (most - least) / count;
    const total = bins.reduce((sum, one) => sum + one, 0), highest = bins.indexOf(Math.max(...bins));
    const words = `${label}: ${number(total)} from ${format(least)} to ${format(most)}, most around ${format(least + wide * (highest + 0.5))}`;
    return h("figure", { class: "chart" }, s("svg", { class: "bars", viewBox: `0 0 ${count * 10} 100`, height, preserveAspectRatio: "none", role: "img", "aria-label": words },
        bins.map((one, place) => one ? s("rect", { class: "up", x: place * 10 + (count > 1 ? 0.5 : 0), width: count > 1 ? 9 : 10, y: 100 - Math.max(1.5, one / top * 100), height: Math.max(1.5, one / top * 100) },
            s("title", {}, `${format(least + wide * place)} to ${format(least + wide * (place + 1))}: ${number(one)}`)) : null)),
    ends(format(least), format(most)));
}

/** Values with how often they come, as bars beside their names. */
export function topValues(values, of) {
    const most = Math.max(...values.map(one => one.count), 1);
    return h("ul", { class: "tops" }, values.map(one => h("li", {},
        h("span", { class: "name" }, one.value === "" ? h("em", {}, "empty") : one.value),
        h("span", { class: "bar", "aria-hidden": "true" }, s("svg", { class: "bars", viewBox: "0 0 100 10", height: "10", preserveAspectRatio: "none" }, s("rect", { class: "up", x: 0, y: 0, width: one.count / most * 100, height: 10 }))),
        h("span", { class: "soft" }, `${number(one.count)}${of ? `, ${percent(one.count / of)}` : ""}`))));
}

/** How many rows the id of a rank has, both by powers of ten: a straight fall is a long tail. */
export function tail(found, what) {
    const { curve, ids } = found;
    const [x, y] = [rank => Math.log(rank) / Math.log(Math.max(2, ids)) * 300, count => 96 - Math.log(Math.max(1, count)) / Math.log(Math.max(2, curve[0][1])) * 92];
    const points = curve.map(([rank, count]) => `${x(rank).toFixed(1)},${y(count).toFixed(1)}`).join(" ");
    const words = `Rows of each of ${number(ids)} ${what}, from ${number(curve[0][1])} for the first to ${number(curve[curve.length - 1][1])} for the last, on logarithmic axes`;
    return h("figure", { class: "chart" }, s("svg", { class: "bars", viewBox: "0 0 300 100", height: "110", preserveAspectRatio: "none", role: "img", "aria-label": words },
        [10, 100, 1000, 10000, 100000, 1000000].filter(mark => mark < ids).map(mark => s("line", { x1: x(mark), x2: x(mark), y1: 0, y2: 100, class: "grid", "vector-effect": "non-scaling-stroke" })),
        s("polyline", { points: `0,100 ${points} 300,100`, class: "area" }),
        s("polyline", { points, class: "curve", "vector-effect": "non-scaling-stroke" })),
    ends(`1st: ${number(curve[0][1])} rows`, `${number(ids)}th: ${number(curve[curve.length - 1][1])}`));
}

/** Lines over the share of a work that is done. @param lines `{phase, points}` of one figure. */
export function lines(name, found, isRunning) {
    const values = found.flatMap(one => one.points.map(point => point[1]));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const y = value => 96 - (most > least ? (value - least) / (most - least) : 0.5) * 92;
    const last = found[found.length - 1].points.at(-1)[1], first = found[0].points[0][1];
    const words = `${name}: ${first.toPrecision(4)} at first, ${last.toPrecision(4)} ${isRunning ? "now" : "at the end"}`;
    return h("figure", { class: "chart" }, h("figcaption", {}, words), s("svg", { class: "bars", viewBox: "0 0 300 100", height: "110", preserveAspectRatio: "none", role: "img", "aria-label": words },
        found.map((one, place) => one.points.length > 1
            ? s("polyline", { class: place % 2 ? "curve other" : "curve", "vector-effect": "non-scaling-stroke", points: one.points.map(([at, value]) => `${(at * 300).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }, s("title", {}, one.phase))
            : s("rect", { class: "up", x: one.points[0][0] * 300 - 1.5, y: y(one.points[0][1]) - 4, width: 3, height: 8 }, s("title", {}, one.phase)))),
    ends("begin", "end"), h("p", { class: "soft" }, found.map(one => one.phase).join(", then ")));
}
