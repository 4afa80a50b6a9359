// CloudFormation's stacks: their resources, what happened to them, and what they give.

import { query } from "./api.js";
import { fault, h, replace, status, table } from "./dom.js";
import { following } from "./live.js";
import { current, link } from "./route.js";

const members = (tree, list) => tree.one(list)?.all("member") || [];
const stamp = text => text.replace("T", " ").slice(0, 19);
/** CloudFormation's states, with the words of the others. */
const state = text => status(text.replace(/_COMPLETE$/, " COMPLETE"));

class Stacks extends HTMLElement {
    connectedCallback() { this.end = following(this, () => this.show()); }

    disconnectedCallback() { this.end(); }

    async show() {
        const wanted = current().params.get("stack");
        try {
            const stacks = members(await query("cloudformation", "DescribeStacks"), "Stacks");
            const parts = [h("section", { "aria-label": "Stacks" }, stacks.length ? table("Stacks", [
                ["Stack", one => h("a", { href: link("stacks", { stack: one.textOf("StackName") }), "data-focus": one.textOf("StackName") }, one.textOf("StackName"))],
                ["Status", one => state(one.textOf("StackStatus")), "tight"], ["Made", one => stamp(one.textOf("CreationTime")), "tight"],
                ["Reason", one => one.textOf("StackStatusReason")]], stacks)
                : [h("p", {}, "No stack yet. A client makes one:"), h("pre", {}, `aws cloudformation deploy --endpoint-url ${location.origin} --template-file template.yaml --stack-name shop`)])];
            const stack = stacks.find(one => one.textOf("StackName") === wanted);
            if (stack) {
                const [resources, events] = await Promise.all([query("cloudformation", "DescribeStackResources", { StackName: wanted }),
                    query("cloudformation", "DescribeStackEvents", { StackName: wanted })]);
                const outputs = stack.all("Outputs")[0]?.all("member") || [];
                parts.push(h("section", { "aria-label": wanted }, h("h2", {}, wanted),
                    outputs.length ? [h("h3", {}, "Outputs"), table("Outputs", [["Name", one => one.textOf("OutputKey")], ["Value", one => h("code", {}, one.textOf("OutputValue"))]], outputs)] : null,
                    h("h3", {}, "Resources"), table("Resources", [["Name", one => one.textOf("LogicalResourceId")], ["Type", one => one.textOf("ResourceType")],
                        ["Id", one => h("code", {}, one.textOf("PhysicalResourceId"))], ["Status", one => state(one.textOf("ResourceStatus")), "tight"],
                        ["Reason", one => one.textOf("ResourceStatusReason")]], members(resources, "StackResources")),
                    h("h3", {}, "Events"), table("Events", [["Time", one => stamp(one.textOf("Timestamp")), "tight"], ["Resource", one => one.textOf("LogicalResourceId")],
                        ["Status", one => state(one.textOf("ResourceStatus")), "tight"], ["Reason", one => one.textOf("ResourceStatusReason")]], members(events, "StackEvents"))));
            }
            if (this.isConnected) replace(this, parts);
        } catch (error) {
            if (this.isConnected) replace(this, fault(error));
        }
    }
}

customElements.define("p-stacks", Stacks);
