// What a CSV file holds, guessed from its beginning: which data set it is, and the schema of its columns.

/** The rows of a text; a last one that is cut off is left out. */
export function rows(text) {
    const found = [];
    let row = [], cell = "", quoted = false;
    for (let index = 0; index < text.length; index++) {
        const mark = text[index];
        if (quoted) {
            if (mark !== '"') cell += mark;
            else if (text[index + 1] === '"') { cell += '"'; index++; } else quoted = false;
        } else if (mark === '"') quoted = true;
        else if (mark === ",") { row.push(cell); cell = ""; }
        else if (mark === "\n") {
            row.push(cell.replace(/\r$/, ""));
            if (row.length > 1 || row[0]) found.push(row);
            row = [];
            cell = "";
        } else cell += mark;
    }
    return found;
}

const NAMES = {
    USER_ID: /^(user|customer|member|visitor|account)[ _-]?(id)?$/i, ITEM_ID: /^(item|movie|film|product|article|video|track|sku|asin|content)[ _-]?(id)?$/i,
    TIMESTAMP: /^(time|timestamp|ts|date|event[ _-]?time|created[ _-]?at|unix[ _-]?time)$/i, EVENT_TYPE: /^(event|event[ _-]?type|type|action)$/i,
    EVENT_VALUE: /^(rating|value|event[ _-]?value|score|stars)$/i,
};

const REQUIRED = { Interactions: ["USER_ID", "ITEM_ID", "TIMESTAMP"], Items: ["ITEM_ID"], Users: ["USER_ID"] };

function nameOf(heading) {
    const plain = heading.trim();
    for (const [name, pattern] of Object.entries(NAMES)) if (pattern.test(plain) || plain.toUpperCase() === name) return name;
    return plain.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(\d)/, "_$1").toUpperCase();
}

function column(heading, values, kind) {
    const known = values.filter(value => value !== "");
    const every = pattern => known.length > 0 && known.every(value => pattern.test(value));
    const name = nameOf(heading);
    const isKey = REQUIRED[kind].includes(name);
    let type = every(/^-?\d{1,18}$/) ? "long" : every(/^-?\d*\.?\d+([eE][-+]?\d+)?$/) ? "float" : "string";
    if (name.endsWith("_ID") && isKey) type = "string";
    const distinct = new Set(known).size;
    const length = known.reduce((sum, value) => sum + value.length, 0) / Math.max(1, known.length);
    const isText = type === "string" && !isKey && name !== "EVENT_TYPE";
    const isTextual = isText && kind === "Items" && length > 40;
    return {
        heading, name, type: name === "TIMESTAMP" ? "long" : name === "EVENT_VALUE" ? "float" : type, nullable: !isKey && known.length < values.length,
        textual: isTextual, categorical: isText && !isTextual && kind !== "Interactions" && (distinct <= Math.max(50, known.length / 5) || known.some(value => value.includes("|"))),
    };
}

/** `{kind, columns, sample}` of the beginning of a file. */
export function guess(text) {
    const [headings = [], ...sample] = rows(text);
    const names = headings.map(nameOf);
    const kind = names.includes("USER_ID") && names.includes("ITEM_ID") ? "Interactions" : names.includes("ITEM_ID") ? "Items" : "Users";
    return { kind, columns: headings.map((heading, index) => column(heading, sample.map(row => row[index] ?? ""), kind)), sample: sample.slice(0, 5), names };
}

export const missing = (kind, columns) => REQUIRED[kind].filter(name => !columns.some(one => one.name === name));

/** The schema as CreateSchema takes it. */
export function schema(kind, columns) {
    const fields = columns.map(({ name, type, nullable, categorical, textual }) => ({
        name, type: nullable ? ["null", type] : type, ...(categorical ? { categorical: true } : {}), ...(textual ? { textual: true } : {}),
    }));
    return JSON.stringify({ type: "record", name: kind, namespace: "com.amazonaws.personalize.schema", fields, version: "1.0" });
}

/** The file with the names of the schema for its headings. */
export async function renamed(file, columns) {
    if (columns.every(one => one.heading === one.name)) return file;
    // By bytes: a text has neither its byte order mark nor what is no UTF-8.
    const end = new Uint8Array(await file.slice(0, 1 << 16).arrayBuffer()).indexOf(0x0a);
    if (end < 0) throw new Error("The file has no line of headings in its first 64 kB.");
    return new Blob([columns.map(one => one.name).join(",") + "\n", file.slice(end + 1)]);
}
