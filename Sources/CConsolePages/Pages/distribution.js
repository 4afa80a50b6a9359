// What a data set holds: its columns' values, its events over time, and how they are spread over users and items.

import { admin } from "./api.js";
import { day, histogram, number, percent, tail, topValues } from "./charts.js";
import { fault, h, replace, table } from "./dom.js";

/** Data sets of events: each counts, from the first on. */
const WHOLE = new Set(["INTERACTIONS", "ACTION_INTERACTIONS"]);
const WHAT = { USER_ID: "users", ITEM_ID: "items", ACTION_ID: "actions" };

function values(column, rows) {
    if (column.histogram) return histogram(column.histogram, column.name, column.name === "TIMESTAMP" ? day : number, 44);
    if (column.top?.[0].count === 1 && column.distinct > column.top.length) return h("span", { class: "soft" }, "each value once, such as ", column.top.slice(0, 3).map((one, place) => [place ? ", " : "", h("code", {}, one.value)]));
    if (column.top) return topValues(column.top, rows);
    return column.meanLength !== undefined ? h("span", { class: "soft" }, `prose of ${number(Math.round(column.meanLength))} characters on average`) : h("span", { class: "soft" }, "no value");
}

const facts = (column, rows) => [
    column.distinct !== undefined && `${number(column.distinct)} different`, column.mean !== undefined && column.name !== "TIMESTAMP" && `mean ${number(column.mean)}`,
    column.nulls ? `${percent(column.nulls / Math.max(1, rows))} empty` : "none empty",
].filter(Boolean).join(", ");

function tailWords(found) {
    const what = WHAT[found.column] || found.column;
    const share = found.shares.find(one => one.ids === 0.1);
    return `${number(found.ids)} ${what}; the most frequent tenth has ${percent(share.rows)} of the rows, and ${number(found.once)} ${found.once === 1 ? "has" : "have"} a single one.`;
}

function part(summary, title) {
    const { rows, columns, times, tails } = summary;
    return h("div", { class: "card" }, h("h4", {}, title),
        times ? [h("h5", {}, "Events over time"), histogram(times, "Rows", day, 90)] : null,
        tails.length ? h("div", { class: "grid" }, tails.map(one => h("div", {}, h("h5", {}, `Long tail of ${WHAT[one.column] || one.column}`), tail(one, WHAT[one.column] || one.column), h("p", { class: "soft" }, tailWords(one))))) : null,
        h("h5", {}, "Columns"),
        table(`Columns: ${title}`, [["Column", one => h("code", {}, one.name)], ["Type", one => one.type, "tight"], ["Values", one => facts(one, rows)], ["Distribution", one => values(one, rows), "half"]], columns));
}

/** A place that shows a data set's rows while it is open, and looks again when it is told to. */
export function distribution(arn, isOpen) {
    const body = h("div");
    let shown = "", busy = false, timer = 0;
    async function show() {
        if (!place.open || busy) return;
        busy = true;
        try {
            const found = await admin("dataset", { pairs: [["datasetArn", arn]] });
            const text = JSON.stringify(found);
            if (text !== shown) {
                shown = text;
                const streamed = found.streamedRows ? `${number(found.streamedRows)} streamed${found.countedRows < found.streamedRows ? `, of which the ${WHOLE.has(found.datasetType) ? "first" : "newest"} ${number(found.countedRows)} are summed up` : ""}` : "nothing streamed";
                replace(body, h("p", {}, `${found.imported ? number(found.imported.rows) : "No"} rows imported, ${streamed}.`),
                    found.imported && found.imported.rows ? part(found.imported, "What was imported") : null, found.streamed ? part(found.streamed, "What was streamed") : null);
            }
            if (found.isGoingOn) { clearTimeout(timer); timer = setTimeout(show, 500); }
        } catch (error) {
            shown = "";
            replace(body, fault(error));
        } finally { busy = false; }
    }
    const place = h("details", { open: isOpen, ontoggle: show }, h("summary", { "data-focus": `rows ${arn}` }, "What is in it"), body);
    return { place, show };
}
