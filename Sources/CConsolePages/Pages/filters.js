// An expression while it is written: how many items it leaves, or where it is wrong; and a filter made of it.

import { admin, personalize } from "./api.js";
import { number } from "./charts.js";
import { fault, field, h, replace, tell } from "./dom.js";

let count = 0;

/** The text with a mark where it is wrong. Places are of characters, from 1. */
function marked(text, position) {
    const all = Array.from(text), place = Math.min(position - 1, all.length);
    const end = all.indexOf("\n", place) < 0 ? all.length : all.indexOf("\n", place);
    // A mark alone is nothing for who cannot see its colour: an arrow stands below it.
    const before = place - (all.lastIndexOf("\n", place - 1) + 1);
    const sign = all[place] === undefined || all[place] === "\n" ? "⌫" : all[place];
    return h("pre", {}, all.slice(0, place).join(""), h("mark", {}, sign), all.slice(all[place] === "\n" ? place : place + 1, end).join(""), "\n", " ".repeat(before), "↑", all.slice(end).join(""));
}

/**
 * @param about `{deployment, group, user, item}`: what it is tried on; the last two are the controls that say it.
 * @param begin an expression to begin with; @param made is called with the ARN of a filter that was made.
 */
export function filterForm(about, begin, made) {
    const answer = h("div", { role: "status", "aria-live": "polite", id: `filter-answer-${++count}` });
    const text = h("textarea", { rows: "3", spellcheck: "false", value: begin, "aria-describedby": answer.id, placeholder: "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"watch\")",
        oninput: () => later() });
    const values = h("div", { class: "row" }), own = h("input", { autocomplete: "off", maxlength: "63", required: true });
    const save = h("button", { disabled: true }, "Make it a filter");
    let timer = 0, asked = null, names = "";

    function later() {
        clearTimeout(timer);
        timer = setTimeout(look, 250);
    }

    function ask(parameters) {
        if (names === parameters.join()) return;
        const old = Object.fromEntries([...values.querySelectorAll("input")].map(one => [one.dataset.name, one.value]));
        names = parameters.join();
        replace(values, parameters.map(one => field(`$${one}`, h("input", { value: old[one] || "", "data-name": one, "data-focus": `value ${one}`, autocomplete: "off", oninput: () => later() }))));
    }

    async function look() {
        asked?.abort();
        const { signal } = asked = new AbortController(), expression = text.value;
        text.removeAttribute("aria-invalid");
        if (!expression.trim()) { save.disabled = true; ask([]); return replace(answer); }
        // Of parameters that the expression had before, none is sent.
        const given = [...values.querySelectorAll("input")].filter(one => one.value && new RegExp(`\\$${one.dataset.name}(?!\\w)`).test(expression));
        const filterValues = Object.fromEntries(given.map(one => [one.dataset.name, one.value.split(",").map(part => `"${part.trim().replace(/["\\]/g, "\\$&")}"`).join(",")]));
        try {
            const found = await admin("filter", { method: "POST", body: { ...about.deployment, expression, userId: about.user.value || undefined, itemId: about.item.value || undefined,
                filterValues: given.length ? filterValues : undefined }, signal });
            if (signal.aborted) return;
            save.disabled = !found.isValid;
            if (!found.isValid) {
                text.setAttribute("aria-invalid", "true");
                return replace(answer, h("div", { class: "fault" }, h("strong", {}, found.position ? `At character ${found.position}: ` : ""), found.reason, found.position ? marked(expression, found.position) : null));
            }
            ask(found.parameters);
            replace(answer, found.left === undefined ? h("p", {}, found.reason)
                : h("p", {}, h("strong", {}, `${number(found.left)} of ${number(found.of)}`), " are left", found.examples.length ? [", such as ", found.examples.map((one, place) => [place ? ", " : "", one.title ? [one.title, " "] : null, h("code", {}, one.itemId)])] : null, "."));
        } catch (error) {
            if (signal.aborted) return;
            save.disabled = true;
            replace(answer, fault(error));
        }
    }

    const form = h("form", { onsubmit: async event => {
        event.preventDefault();
        try {
            const { filterArn } = await personalize("CreateFilter", { name: own.value, datasetGroupArn: about.group, filterExpression: text.value });
            tell(`${own.value} is a filter.`);
            made(filterArn);
        } catch (error) { replace(answer, fault(error)); }
    } }, field("Expression", text), values, answer, h("div", { class: "row" }, field("Name of the filter", own), save));
    for (const control of [about.user, about.item]) control.addEventListener("input", () => { if (form.isConnected) later(); });
    look();
    return form;
}
