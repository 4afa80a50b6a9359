// The parts of a score, as a table with bars: they add up to the score that was served.

import { h, s, time } from "./dom.js";

const TEXTS = {
    prior: "How likely the item is before anything is known of the user",
    resemblance: "An item of the history that nobody touched, by what it resembles",
    repeat: "Whether users return to what they touched",
    userMetadata: "What the Users data set says of the user",
    context: "The context of the request",
    itemMetadata: "Lent by items with like metadata, for few have touched it",
    impressions: "Shown before and not chosen",
    objective: "The optimization objective of the solution",
    exploration: "Young items are tried out",
    normalization: "All items share one probability",
    ownActions: "What the user did with this action",
    otherActions: "What the user did with other actions",
};

function text(part) {
    if (part.part !== "history") return TEXTS[part.part] || part.part;
    const when = part.eventsBack === 0 ? "newest event" : part.eventsBack === 1 ? "one event before the newest" : `${part.eventsBack} events before the newest`;
    return [part.title ? [part.title, " "] : null, h("code", {}, part.itemId), h("small", {}, ` ${part.eventType || ""} ${time(part.timestamp)}, ${when}`)];
}

/** A bar from the middle to the right for what raises the score, to the left for what lowers it. */
function bar(value, most) {
    const width = Math.max(0.5, Math.abs(value) / most * 50);
    return s("svg", { class: "bars", viewBox: "0 0 100 10", height: "10", preserveAspectRatio: "none", "aria-hidden": "true" },
        s("rect", { class: value < 0 ? "down" : "up", x: value < 0 ? 50 - width : 50, y: 1, width, height: 8 }),
        s("line", { x1: 50, x2: 50, y1: 0, y2: 10, "vector-effect": "non-scaling-stroke" }));
}

/** What `/_personalite/explain` answered. */
export function why(found) {
    if (!found.explained) return h("p", { class: "soft" }, found.reason);
    const parts = found.parts.filter(part => part.part !== "normalization");
    const most = Math.max(...parts.map(part => Math.abs(part.value)), 1e-9);
    const order = part => part.part === "prior" ? 0 : part.part === "history" ? 1 : 2;
    const shown = parts.slice().sort((one, other) => order(one) - order(other) || Math.abs(other.value) - Math.abs(one.value));
    const row = (label, value, graph) => h("tr", {}, h("td", {}, label), h("td", { class: "number" }, value), h("td", {}, graph));
    const isAction = found.unit !== "natural logarithm";
    return h("div", { class: "card" },
        h("p", {}, `Place ${found.rank} ${found.isRanking ? "in the list" : "of all"}, `, found.score === undefined ? "served without a score, " : `score ${found.score.toFixed(7)}, `,
            isAction ? "as the sum of log odds:" : "as the sum of logarithms:", found.isRemoved ? h("strong", {}, " The filter leaves it out.") : null),
        h("table", { class: "parts" }, h("caption", { class: "hidden" }, `The parts of the score of ${found.itemId || found.actionId}`),
            h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Part"), h("th", { scope: "col", class: "number" }, "Adds"), h("th", { scope: "col" }, h("span", { class: "hidden" }, "Bar")))),
            h("tbody", {}, shown.map(part => row(text(part), part.value.toFixed(4), bar(part.value, most))),
                found.parts.filter(part => part.part === "normalization").map(part => row(text(part), part.value.toFixed(4), null)),
                h("tr", {}, h("th", { scope: "row" }, isAction ? "Sum: log odds" : "Sum: logarithm of the probability"), h("td", { class: "number" }, found.sum.toFixed(4)),
                    h("td", {}, isAction ? `odds give ${found.probability.toFixed(7)}` : `e to the sum is ${Math.exp(found.sum).toFixed(7)}`)))));
}
