// How true each operation is: what is carried out, what differs from AWS, and the test that pins it.

import { admin } from "./api.js";
import { fault, field, h, replace, table } from "./dom.js";
import { current, keep } from "./route.js";

class Fidelity extends HTMLElement {
    async connectedCallback() {
        try {
            const known = await admin("fidelity");
            if (!this.isConnected) return;
            const text = h("input", { type: "search", value: current().params.get("text") || "", oninput: () => show() });
            const shown = h("div");
            const show = () => {
                const word = text.value.toLowerCase();
                keep({ text: text.value });
                const rows = known.operations.filter(one => `${one.service} ${one.operation} ${one.differences}`.toLowerCase().includes(word));
                replace(shown, h("p", { class: "soft", role: "status" }, `${rows.length} operations`), table("Operations", [["Operation", one => [h("code", {}, one.operation), h("small", {}, ` ${one.service}`)]],
                    ["Carried out", one => one.done ? "yes" : "no", "tight"], ["Differs from AWS in", one => one.differences], ["Test", one => one.test && h("code", {}, one.test)]], rows));
            };
            replace(this, h("section", { "aria-label": "Services" }, h("p", {}, `Of Amazon Personalize ${known.done} of ${known.of} operations are carried out.`),
                table("Services", [["Service", one => one.title], ["Its page", one => h("code", {}, one.page)]], known.services)),
            h("section", { "aria-label": "Operations of Amazon Personalize" }, field("Filter", text), shown));
            show();
        } catch (error) { replace(this, fault(error)); }
    }
}

customElements.define("p-fidelity", Fidelity);
