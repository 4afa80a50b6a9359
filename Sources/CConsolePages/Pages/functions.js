// Functions: what they are, what brings them their events, an invocation by hand, and what they wrote; and the other groups of logs.

import { call, lambda } from "./api.js";
import { number } from "./charts.js";
import { fault, field, h, replace, select, status, table, time } from "./dom.js";
import { following } from "./live.js";
import { current, keep, link } from "./route.js";
import { encode } from "./sign.js";

const logs = (operation, input) => call("logs", operation, input);
const stamp = milliseconds => new Date(milliseconds).toISOString().replace("T", " ").slice(0, 23);

/** Every page of a list of Lambda's. */
async function listed(path, member) {
    const found = [];
    for (let marker = ""; ;) {
        const page = await lambda("GET", path, { pairs: marker ? [["Marker", marker]] : [] });
        found.push(...(page[member] || []));
        if (!page.NextMarker || found.length > 5000) return found;
        marker = page.NextMarker;
    }
}

class Functions extends HTMLElement {
    connectedCallback() {
        const { params } = current();
        [this.chosen, this.group, this.pattern] = [params.get("function") || "", params.get("group") || "", params.get("pattern") || ""];
        [this.list, this.detail, this.invoked, this.written] = [h("div"), h("div"), h("div"), h("div")];
        this.lines = h("div");
        replace(this, this.list, this.detail, this.invoked, this.written);
        if (this.chosen) this.offerInvocation();
        this.end = following(this, () => this.show());
    }

    disconnectedCallback() { this.end(); }

    async show() {
        try {
            const [functions, mappings, groups] = await Promise.all([listed("/2015-03-31/functions/", "Functions"), listed("/2015-03-31/event-source-mappings/", "EventSourceMappings"),
                logs("DescribeLogGroups", {}).then(found => found.logGroups)]);
            if (!this.isConnected) return;
            replace(this.list, h("section", { "aria-label": "Functions" }, functions.length ? table("Functions", [
                ["Function", one => h("a", { href: link("functions", { function: one.FunctionName }), "data-focus": one.FunctionName }, one.FunctionName)], ["Runtime", one => one.Runtime || one.PackageType, "tight"],
                ["Handler", one => h("code", {}, one.Handler || "")], ["Memory", one => `${one.MemorySize} MB`, "number"], ["Time limit", one => `${one.Timeout} s`, "number"],
                ["State", one => status((one.State || "Active").toUpperCase()), "tight"], ["Changed", one => one.LastModified.replace("T", " ").slice(0, 19), "tight"]], functions)
                : [h("p", {}, "No function yet. A client makes one, or a stack does:"), h("pre", {}, `aws lambda create-function --endpoint-url ${location.origin} --function-name hello --runtime python3.12 \\\n  --handler app.handler --role arn:aws:iam::000000000000:role/r --zip-file fileb://app.zip`)]));
            const one = functions.find(each => each.FunctionName === this.chosen);
            replace(this.detail, one ? this.describe(one, mappings.filter(each => each.FunctionArn.split(":")[6] === one.FunctionName)) : null);
            await this.showLogs(groups.map(each => each.logGroupName), one);
        } catch (error) {
            if (this.isConnected) replace(this.list, h("section", {}, fault(error)));
        }
    }

    describe(one, mappings) {
        const variables = Object.entries(one.Environment?.Variables || {});
        return h("section", { "aria-label": one.FunctionName }, h("h2", {}, one.FunctionName), h("p", { class: "soft" }, h("code", {}, one.FunctionArn), one.Description ? `, ${one.Description}` : ""),
            one.StateReason || one.LastUpdateStatusReason ? h("p", { class: "fault" }, one.StateReason || one.LastUpdateStatusReason) : null,
            variables.length ? h("details", {}, h("summary", { "data-focus": "variables" }, `${variables.length} ${variables.length === 1 ? "variable" : "variables"}`), table("Variables", [["Name", pair => h("code", {}, pair[0])], ["Value", pair => h("code", {}, pair[1])]], variables)) : null,
            mappings.length ? [h("h3", {}, "What brings it events"), table("Event sources", [["Source", each => h("code", {}, (each.EventSourceArn || "").split(":").slice(5).join(":"))], ["State", each => status(each.State.toUpperCase() === "ENABLED" ? "ACTIVE" : each.State.toUpperCase()), "tight"],
                ["Batch", each => each.BatchSize, "number"], ["Begins at", each => each.StartingPosition, "tight"], ["Last result", each => each.LastProcessingResult || ""]], mappings)]
                : h("p", { class: "soft" }, "No stream feeds it."));
    }

    offerInvocation() {
        const payload = h("textarea", { rows: "3", spellcheck: "false", value: "{}" }), answer = h("div", { "aria-live": "polite" });
        replace(this.invoked, h("section", { "aria-label": "Invocation" }, h("h2", {}, `Invoke ${this.chosen}`), h("form", { onsubmit: async event => {
            event.preventDefault();
            replace(answer, h("p", { class: "soft" }, "It runs."));
            try {
                const found = await lambda("POST", `/2015-03-31/functions/${encode(this.chosen)}/invocations`, { body: payload.value, headers: { "x-amz-log-type": "Tail" }, raw: true });
                const text = await found.text(), failed = found.headers.get("x-amz-function-error"), tail = found.headers.get("x-amz-log-result");
                replace(answer, h("p", {}, status(failed ? "FAILED" : "done"), failed ? ` ${failed}` : ""), h("pre", {}, text || "nothing"),
                    tail ? [h("h3", {}, "What it wrote"), h("pre", {}, new TextDecoder().decode(Uint8Array.from(atob(tail), mark => mark.charCodeAt(0))))] : null);
                this.show();
            } catch (error) { replace(answer, fault(error)); }
        } }, field("Event", payload), h("button", {}, "Invoke")), answer));
    }

    /** The newest lines of the chosen group. */
    async showLogs(groups, one) {
        const ofFunction = one && `/aws/lambda/${one.FunctionName}`;
        if (!groups.includes(this.group)) this.group = groups.includes(ofFunction) ? ofFunction : one ? "" : groups[0] || "";
        keep({ function: this.chosen, group: this.group, pattern: this.pattern });
        // The controls stay as they are, whoever is typing in them; the groups to choose among follow.
        if (!this.choice) {
            this.choice = select([], "", { onchange: event => { this.group = event.target.value; this.show(); } });
            const words = h("input", { type: "search", value: this.pattern, onchange: event => { this.pattern = event.target.value; this.show(); } });
            replace(this.written, h("section", { "aria-label": "Logs" }, h("h2", {}, "Logs"),
                h("div", { class: "row" }, field("Log group", this.choice), field("Pattern", words, "As FilterLogEvents takes it, such as ERROR.")), this.lines));
        }
        const known = this.group ? groups : ["", ...groups];
        if (known.join("\n") !== [...this.choice.options].map(one => one.value).join("\n")) replace(this.choice, known.map(one => h("option", { value: one }, one || "None")));
        this.choice.value = this.group;
        if (!this.group) return replace(this.lines, h("p", { class: "soft" }, one ? `${one.FunctionName} has written nothing.` : "Nobody has written a log."));
        try {
            // The newest streams, a page of each: what is older is a client's to read.
            const { logStreams } = await logs("DescribeLogStreams", { logGroupName: this.group, orderBy: "LastEventTime", descending: true, limit: 5 });
            const events = (await Promise.all(logStreams.map(async ({ logStreamName }) => {
                if (this.pattern) return (await logs("FilterLogEvents", { logGroupName: this.group, logStreamNames: [logStreamName], filterPattern: this.pattern, limit: 200 })).events;
                return (await logs("GetLogEvents", { logGroupName: this.group, logStreamName, limit: 200, startFromHead: false })).events.map(event => ({ ...event, logStreamName }));
            }))).flat().sort((left, right) => left.timestamp - right.timestamp).slice(-200);
            replace(this.lines, events.length ? [h("p", { class: "soft" }, `The newest ${events.length === 1 ? "line" : `${number(events.length)} lines`} of ${logStreams.length === 1 ? "one stream" : `the newest ${logStreams.length} streams`}.`),
                h("div", { class: "log", tabindex: "0", role: "log", "aria-label": `Lines of ${this.group}` }, events.map(event => h("div", {}, h("span", { class: "soft" }, stamp(event.timestamp)), " ", event.message.replace(/\n$/, ""))))] : h("p", { class: "soft" }, "No line."));
        } catch (error) { replace(this.lines, fault(error)); }
    }
}

customElements.define("p-functions", Functions);
