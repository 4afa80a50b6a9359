// The clock and the faults on purpose: what a test wants at hand while it looks at requests.

import { admin } from "./api.js";
import { fault, field, h, replace, tell, time } from "./dom.js";

/** A place with both; it shows what holds now. */
export function controls() {
    const told = h("div"), shown = h("div", { class: "grid" });
    async function act(work, words) {
        try {
            await work();
            replace(told);
            tell(words);
            await show();
        } catch (error) { replace(told, fault(error)); }
    }
    async function show() {
        try {
            const [clock, faults, effects] = await Promise.all(["clock", "faults", "effects"].map(one => admin(one)));
            const rate = h("input", { type: "number", min: "0", step: "any", value: clock.rate, required: true });
            const ahead = h("input", { type: "number", min: "1", value: "7200", required: true });
            const rules = h("textarea", { rows: "6", value: JSON.stringify(faults, null, 2), spellcheck: "false" });
            const slow = h("textarea", { rows: "3", value: JSON.stringify(effects, null, 2), spellcheck: "false" });
            const submit = (path, input, words) => event => {
                event.preventDefault();
                act(() => admin(path, { method: "POST", body: input() }), words);
            };
            replace(shown,
                h("section", { "aria-label": "Clock" }, h("h2", {}, "Clock"),
                    h("p", {}, `${time(clock.now)} UTC, ${clock.frozen ? "frozen" : clock.rate === 1 ? "at the machine's pace" : `${clock.rate} times as fast`}, ${Math.round(clock.ahead)} s ahead of the machine.`),
                    h("form", { class: "row", onsubmit: submit("clock", () => ({ rate: Number(rate.value) }), "The clock was set.") }, field("Pace", rate, "0 freezes it."), h("button", {}, "Set")),
                    h("form", { class: "row", onsubmit: submit("clock", () => ({ advance: Number(ahead.value) }), "The clock was advanced.") }, field("Seconds", ahead, "New items enter models every two hours."), h("button", {}, "Advance")),
                    h("p", {}, h("button", { type: "button", onclick: submit("clock", () => ({ reset: true }), "The clock is the machine's again.") }, "Give it back to the machine"))),
                h("section", { "aria-label": "Faults" }, h("h2", {}, "Faults on purpose"),
                    h("form", { onsubmit: submit("faults", () => JSON.parse(rules.value), "The faults were set.") }, field("Rules", rules, "A list, such as [{\"service\": \"kinesis\", \"operation\": \"PutRecord\", \"probability\": 0.1}]"), h("button", {}, "Set the rules")),
                    h("form", { onsubmit: submit("effects", () => JSON.parse(slow.value), "The effects were set.") }, field("Effects on the network", slow), h("button", {}, "Set the effects"))));
        } catch (error) { replace(shown, fault(error)); }
    }
    return { place: h("div", {}, told, shown), show };
}
