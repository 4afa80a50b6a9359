// The server itself: its settings and where they came from, its clock and faults, snapshots, and a fresh start.

import { admin } from "./api.js";
import { number } from "./charts.js";
import { controls } from "./controls.js";
import { fault, field, h, replace, table, tell, time } from "./dom.js";
import { settings } from "./settings.js";

const size = bytes => bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;

class Server extends HTMLElement {
    async connectedCallback() {
        [this.told, this.shown, this.saved, this.options] = [h("div"), h("div"), h("div"), h("div")];
        this.controls = controls();
        replace(this, this.told, this.shown, this.controls.place, this.saved, this.options);
        await Promise.all([this.show(), this.controls.show(), this.showSnapshots(), this.showSettings()]);
    }

    async show() {
        try {
            const health = await admin("health");
            if (!this.isConnected) return;
            replace(this.shown,
                h("section", { "aria-label": "Server" }, h("h2", {}, "Server"), h("p", {}, `personalite ${health.version} at ${location.origin}`),
                    h("ul", { class: "inline", "aria-label": "Services" }, Object.keys(health.services).map(one => h("li", {}, `${one}: ${health.services[one]}`)))),
                h("section", { "aria-label": "Upkeep" }, h("h2", {}, "Upkeep"), h("p", { class: "buttons" },
                    h("button", { type: "button", onclick: () => this.do(async () => tell(`${(await admin("update", { method: "POST", body: {} })).updated.length} campaigns took new items.`)) }, "Take new items into models now"),
                    h("button", { type: "button", onclick: () => confirm("Forget everything of every account?") && this.do(() => admin("reset", { method: "POST", body: {} }), "Everything is forgotten.") }, "Forget everything")),
                    h("p", { class: "soft" }, "Requests of this page are signed with the key ", h("code", {}, settings.key.id), ".")));
        } catch (error) { replace(this.shown, fault(error)); }
    }

    async showSnapshots() {
        try {
            const { folder, snapshots } = await admin("snapshots");
            const own = h("input", { required: true, maxlength: "64", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*" });
            const act = (one, method, path, words) => () => this.do(() => admin(`snapshots/${encodeURIComponent(one.name)}${path}`, { method, body: method === "POST" ? {} : undefined }), words);
            replace(this.saved, h("section", { "aria-label": "Snapshots" }, h("h2", {}, "Snapshots"), h("p", { class: "soft" }, "All that the server has, saved while it goes on, in ", h("code", {}, folder), "."),
                snapshots.length ? table("Snapshots", [["Name", one => one.name], ["Made", one => time(one.created), "tight"], ["Size", one => size(one.bytes), "number"], ["Version", one => one.version ?? "", "tight"],
                    ["", one => h("span", { class: "buttons" },
                        h("button", { type: "button", class: "small", "aria-label": `Load ${one.name}`, "data-focus": `load ${one.name}`, onclick: () => confirm(`Go back to ${one.name}? What is there now is lost.`) && act(one, "POST", "/load", `${one.name} is loaded.`)() }, "Load"),
                        h("button", { type: "button", class: "small", "aria-label": `Delete ${one.name}`, "data-focus": `delete ${one.name}`, onclick: () => confirm(`Delete the snapshot ${one.name}?`) && act(one, "DELETE", "", `${one.name} is deleted.`)() }, "Delete")), "tight"]], snapshots)
                    : h("p", {}, "None yet."),
                h("form", { class: "row", onsubmit: event => { event.preventDefault(); act({ name: own.value }, "POST", "", `${own.value} is saved.`)(); } }, field("Snapshot", own), h("button", {}, "Save"))));
        } catch (error) { replace(this.saved, error.status === 404 ? [] : fault(error)); }
    }

    async showSettings() {
        try {
            const found = (await admin("settings")).settings;
            const given = found.filter(one => one.origin !== "default").length;
            replace(this.options, h("section", { "aria-label": "Settings" }, h("h2", {}, "Settings"),
                h("p", { class: "soft" }, `${number(found.length)} options, ${number(given)} of them set at the start: a flag wins over its variable, and both over the default.`),
                table("Settings", [["Option", one => h("code", {}, `--${one.name}`), "tight"], ["Value", one => one.value === undefined ? h("span", { class: "soft" }, "not set") : h("code", {}, one.value)],
                    ["From", one => one.origin === "default" ? h("span", { class: "soft" }, "default") : h("strong", {}, one.origin), "tight"], ["What it is for", one => one.help]], found)));
        } catch (error) { replace(this.options, fault(error)); }
    }

    async do(work, words) {
        try {
            await work();
            replace(this.told);
            if (words) tell(words);
            await Promise.all([this.show(), this.controls.show(), this.showSnapshots()]);
        } catch (error) { replace(this.told, fault(error)); }
    }
}

customElements.define("p-server", Server);
