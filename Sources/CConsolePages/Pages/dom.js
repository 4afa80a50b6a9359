// Elements are made here, and text is only ever put in as text: nothing that came from the server can become markup.

const SVG = "http://www.w3.org/2000/svg";

function put(element, name, value) {
    if (value === undefined || value === null || value === false) return;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden" || name === "open") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
}

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) put(element, name, value);
    add(element, ...children);
    return element;
}

/** Appends nodes and texts; lists are flattened, and what is absent is left out. */
export function add(element, ...children) {
    for (const child of children.flat(Infinity)) {
        if (child === undefined || child === null || child === false) continue;
        element.append(child instanceof Node ? child : String(child));
    }
    return element;
}

/** An element of HTML. `on…` attributes are listeners. */
export const h = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** An element of SVG. */
export const s = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const opened = element => [...element.querySelectorAll("details > summary[data-focus]")];

/**
 * Puts other children into an element; what had the focus keeps it where something with the same `data-focus` comes, and what was opened or closed
 * stays so.
 */
export function replace(element, ...children) {
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const open = new Map(opened(element).map(one => [one.dataset.focus, one.parentElement.open]));
    element.replaceChildren();
    add(element, ...children);
    for (const one of opened(element)) {
        const was = open.get(one.dataset.focus);
        if (was !== undefined && was !== one.parentElement.open) one.parentElement.open = was;
    }
    if (focused) element.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    return element;
}

/** A table of columns `[heading, cell of a row, class]` and rows. */
export function table(caption, columns, rows) {
    return h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": caption },
        h("table", {},
            h("caption", { class: "hidden" }, caption),
            h("thead", {}, h("tr", {}, columns.map(([heading, , kind]) => h("th", { scope: "col", class: kind }, heading)))),
            h("tbody", {}, rows.map(row => h("tr", {}, columns.map(([, cell, kind]) => h("td", { class: kind }, cell(row))))))));
}

let labels = 0;

/** A control with its label. */
export function field(label, control, hint) {
    control.id ||= `field-${++labels}`;
    if (hint) control.setAttribute("aria-describedby", `${control.id}-hint`);
    return h("div", { class: "field" }, h("label", { for: control.id }, label), control,
        hint && h("small", { id: `${control.id}-hint` }, hint));
}

/** A choice; `options` are texts, or pairs of a value and a text. */
export function select(options, value, attributes = {}) {
    const control = h("select", attributes, options.map(option => {
        const [key, text] = Array.isArray(option) ? option : [option, option];
        return h("option", { value: key }, text);
    }));
    if (value !== undefined && value !== null) control.value = value;
    return control;
}

/** A status as words with a mark, so that colour alone tells nothing. */
export function status(text) {
    const kind = /FAILED|DELETE|STOPPED/.test(text) ? "bad" : /ACTIVE$|COMPLETE$|^done$/.test(text) ? "good" : /^to do$/.test(text) ? "open" : "busy";
    const mark = { good: "✓", bad: "✕", busy: "◔", open: "○" }[kind];
    return h("span", { class: `status ${kind}` }, h("span", { "aria-hidden": "true" }, mark), " ", text);
}

/** Tells a fault of a request in AWS's words, with the id of the request. */
export function fault(error) {
    return h("div", { class: "fault", role: "alert" },
        h("strong", {}, error.code || error.name), " ", error.message,
        error.requestId && h("small", {}, `${error.operation ? error.operation + ", " : ""}status ${error.status}, request `, h("code", {}, error.requestId)));
}

export const name = arn => arn.split(":").slice(5).join(":").split("/").slice(1).join("/") || arn;

export const time = seconds => seconds ? new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) : "";

/** A button that copies a text. */
export function copy(text, label = "Copy") {
    const button = h("button", { type: "button", class: "small", onclick: async () => {
        await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
        tell("Copied.");
    } }, label);
    return button;
}

let clearing;

/** Says something for a moment, to screen readers too. */
export function tell(text) {
    const place = document.getElementById("told");
    place.textContent = text;
    clearTimeout(clearing);
    clearing = setTimeout(() => { place.textContent = ""; }, 4000);
}
