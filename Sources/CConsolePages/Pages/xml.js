// Enough XML for the answers of S3 and of the query protocol: elements and texts. The browser's own reader takes markup, which this page may not.

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text) {
    return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name) => {
        if (name[0] !== "#") return ENTITIES[name] ?? whole;
        return String.fromCodePoint(name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10));
    });
}

class Element {
    constructor(name) {
        this.name = name;
        this.children = [];
        this.text = "";
    }

    /** The children of a name. */
    all(name) { return this.children.filter(child => child.name === name); }

    /** The first element of a name, however deep. */
    one(name) {
        for (const child of this.children) {
            const found = child.name === name ? child : child.one(name);
            if (found) return found;
        }
        return null;
    }

    textOf(name) { return this.all(name)[0]?.text ?? this.one(name)?.text ?? ""; }
}

export function readXML(text) {
    const root = new Element("");
    const open = [root];
    for (const [, close, name, rest, content] of text.matchAll(/<(\/?)([A-Za-z_][\w:.-]*)([^>]*)>([^<]*)/g)) {
        if (close) {
            if (open.length > 1) open.pop();
            continue;
        }
        const element = new Element(name);
        open[open.length - 1].children.push(element);
        if (rest.endsWith("/")) continue;
        element.text = unescape(content);
        open.push(element);
    }
    return root;
}
