// The server itself: its clock, its faults on purpose, and a fresh start.

import { admin } from "./api.js";
import { fault, field, h, replace, table, tell, time } from "./dom.js";
import { settings } from "./settings.js";

class Server extends HTMLElement {
    async connectedCallback() {
        this.told = h("div");
        this.shown = h("div");
        replace(this, this.told, this.shown);
        await this.show();
    }

    async show() {
        try {
            const [health, clock, faults, effects] = await Promise.all(["health", "clock", "faults", "effects"].map(one => admin(one)));
            if (!this.isConnected) return;
            const rate = h("input", { type: "number", min: "0", step: "any", value: clock.rate, required: true });
            const ahead = h("input", { type: "number", min: "1", value: "7200", required: true });
            const rules = h("textarea", { rows: "6", value: JSON.stringify(faults, null, 2), spellcheck: "false" });
            const slow = h("textarea", { rows: "3", value: JSON.stringify(effects, null, 2), spellcheck: "false" });
            const submit = (path, input, words) => event => {
                event.preventDefault();
                this.do(() => admin(path, { method: "POST", body: input() }), words);
            };
            replace(this.shown,
                h("section", { "aria-label": "Server" }, h("h2", {}, "Server"), h("p", {}, `personalite ${health.version} at ${location.origin}`),
                    table("Services", [["Service", one => one], ["State", one => health.services[one]]], Object.keys(health.services))),
                h("section", { "aria-label": "Clock" }, h("h2", {}, "Clock"),
                    h("p", {}, `${time(clock.now)} UTC, ${clock.frozen ? "frozen" : clock.rate === 1 ? "at the machine's pace" : `${clock.rate} times as fast`}, ${Math.round(clock.ahead)} s ahead of the machine.`),
                    h("div", { class: "row" }, h("form", { class: "row", onsubmit: submit("clock", () => ({ rate: Number(rate.value) }), "The clock was set.") }, field("Pace", rate, "0 freezes it."), h("button", {}, "Set")),
                        h("form", { class: "row", onsubmit: submit("clock", () => ({ advance: Number(ahead.value) }), "The clock was advanced.") }, field("Seconds", ahead, "New items enter models every two hours."), h("button", {}, "Advance")),
                        h("button", { type: "button", onclick: submit("clock", () => ({ reset: true }), "The clock is the machine's again.") }, "Give it back to the machine"))),
                h("section", { "aria-label": "Faults" }, h("h2", {}, "Faults on purpose"),
                    h("form", { onsubmit: submit("faults", () => JSON.parse(rules.value), "The faults were set.") }, field("Rules", rules, "A list, such as [{\"service\": \"kinesis\", \"operation\": \"PutRecord\", \"probability\": 0.1}]"), h("button", {}, "Set the rules")),
                    h("form", { onsubmit: submit("effects", () => JSON.parse(slow.value), "The effects were set.") }, field("Effects on the network", slow), h("button", {}, "Set the effects"))),
                h("section", { "aria-label": "Upkeep" }, h("h2", {}, "Upkeep"), h("p", { class: "buttons" },
                    h("button", { type: "button", onclick: () => this.do(async () => tell(`${(await admin("update", { method: "POST", body: {} })).updated.length} campaigns took new items.`)) }, "Take new items into models now"),
                    h("button", { type: "button", onclick: () => confirm("Forget everything of every account?") && this.do(() => admin("reset", { method: "POST", body: {} }), "Everything is forgotten.") }, "Forget everything")),
                    h("p", { class: "soft" }, "Requests of this page are signed with the key ", h("code", {}, settings.key.id), ".")));
        } catch (error) { replace(this.shown, fault(error)); }
    }

    async do(work, words) {
        try {
            await work();
            replace(this.told);
            if (words) tell(words);
            await this.show();
        } catch (error) { replace(this.told, fault(error)); }
    }
}

customElements.define("p-server", Server);
