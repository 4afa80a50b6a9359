// The frame: which screens there are, the key, the region, the theme. Each screen is a custom element of its own, loaded when it is first shown.

import { fault, field, h, replace, select, tell } from "./dom.js";
import * as live from "./live.js";
import { current, go, link } from "./route.js";
import { settings } from "./settings.js";
import { canSign } from "./sign.js";

const SCREENS = [
    ["overview", "Overview"], ["data", "Data sets"], ["training", "Training"], ["try", "Try it"], ["streams", "Streams"], ["objects", "Objects"],
    ["stacks", "Stacks"], ["functions", "Functions"], ["requests", "Requests"], ["server", "Server"], ["fidelity", "Fidelity"],
];
const REGIONS = ["us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-1", "ap-northeast-1", "ap-northeast-2", "ap-south-1",
    "ap-southeast-1", "ap-southeast-2"];

const main = document.getElementById("main");
let shown = "";

function showScreens(screen) {
    replace(document.getElementById("screens"), h("ul", {}, SCREENS.map(([key, title]) =>
        h("li", {}, h("a", { href: link(key), "data-focus": key, "aria-current": key === screen ? "page" : undefined }, title)))));
}

async function show() {
    const { region, screen, params } = current();
    const known = SCREENS.find(([key]) => key === screen);
    showScreens(screen);
    showTools();
    if (!known) {
        document.title = "personalite";
        return replace(main, h("h1", {}, "There is no such screen"), h("p", {}, h("a", { href: link("overview") }, "To the overview")));
    }
    document.title = `${known[1]} – personalite`;
    const address = `${region} ${screen} ${params}`;
    const moved = shown && shown.split(" ")[1] !== screen;
    shown = address;
    try {
        await import(`./${screen}.js`);
        if (shown !== address) return;
        replace(main, h("h1", {}, known[1]), h(`p-${screen}`));
        // Whoever goes by keyboard, or listens, goes on where the new screen begins.
        if (moved) main.focus({ preventScroll: true });
    } catch (error) {
        replace(main, h("h1", {}, known[1]), fault(error));
    }
}

function showTools() {
    const region = select([...new Set([current().region, ...REGIONS])], current().region, {
        "data-focus": "region", "aria-label": "Region", onchange: event => {
            settings.region = event.target.value;
            go(current().screen, {}, event.target.value);
        },
    });
    const theme = select([["", "System"], ["light", "Light"], ["dark", "Dark"]], settings.theme, {
        "data-focus": "theme", "aria-label": "Theme", onchange: event => { settings.theme = event.target.value; },
    });
    const key = h("button", { type: "button", "data-focus": "key", onclick: askKey }, "Key ", h("code", {}, settings.key.id));
    replace(document.getElementById("tools"), h("span", { id: "state", class: "state" }, state()), region, theme, key);
}

let answers = true;
const state = () => answers ? "" : "The server does not answer.";

live.live.addEventListener("state", event => {
    answers = event.detail;
    const place = document.getElementById("state");
    if (place) place.textContent = state();
});

/** The key that requests are signed with: it stays in this tab. */
function askKey() {
    const { id, secret, token } = settings.key;
    const inputs = {
        id: h("input", { value: id, autocomplete: "off", spellcheck: "false", required: true }),
        secret: h("input", { value: secret, type: "password", autocomplete: "off", required: true }),
        token: h("input", { value: token, autocomplete: "off", spellcheck: "false" }),
    };
    const form = h("form", { method: "dialog", onsubmit: () => {
        settings.key = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]));
        tell("The key is used from now on.");
        live.restart();
        show();
    } },
        h("h2", { id: "key-title" }, "Key"),
        h("p", {}, "Every action of this page is signed with it, as a client's would be. A key id of twelve digits is an account of its own."),
        field("Access key id", inputs.id), field("Secret access key", inputs.secret), field("Session token", inputs.token, "Of a temporary credential only."),
        h("p", { class: "buttons" }, h("button", { class: "main" }, "Use it"),
            h("button", { type: "button", onclick: () => dialog.close() }, "Cancel")));
    const dialog = h("dialog", { "aria-labelledby": "key-title", onclose: () => dialog.remove() }, form);
    document.body.append(dialog);
    dialog.showModal();
}

settings.showTheme();
addEventListener("hashchange", show);
if (!canSign()) {
    replace(main, h("h1", {}, "personalite"), h("p", { class: "fault", role: "alert" },
        "This page signs its requests, which browsers allow on https and on a loopback address only. Open it by https, or as http://127.0.0.1."));
} else {
    show();
    live.start();
}
