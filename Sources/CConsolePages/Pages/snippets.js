// The same request for other clients.

import { copy, h, replace } from "./dom.js";
import { current } from "./route.js";
import { settings } from "./settings.js";

export const quoted = text => `'${text.replace(/'/g, "'\\''")}'`;

const snake = name => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
const dashed = name => snake(name).replace(/_/g, "-");

function python(value, indent = "    ") {
    if (value === null) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (Array.isArray(value)) return `[${value.map(one => python(one, indent)).join(", ")}]`;
    if (typeof value === "object") return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${python(one, indent)}`).join(", ")}}`;
    return JSON.stringify(value);
}

/** How curl asks: the key comes from the environment, so that it is in no history. */
const curlOf = (path, input, service = "personalize", headers = {}) => [
    `curl ${quoted(location.origin + path)} --aws-sigv4 ${quoted(`aws:amz:${current().region}:${service}`)} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
    ...Object.entries({ "content-type": "application/json", ...headers }).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `--data-raw ${quoted(typeof input === "string" ? input : JSON.stringify(input))}`].join(" \\\n  ");

const cliOf = (service, operation, input) => [`aws ${service} ${dashed(operation)} --endpoint-url ${location.origin} --region ${quoted(current().region)}`,
    ...Object.entries(input).map(([name, value]) => `--${dashed(name)} ${Array.isArray(value) ? value.map(one => quoted(String(one))).join(" ") : typeof value === "object" ? quoted(JSON.stringify(value)) : quoted(String(value))}`)].join(" \\\n  ");

const botoOf = (service, operation, input) => `import boto3

client = boto3.client(${JSON.stringify(service)}, endpoint_url=${JSON.stringify(location.origin)}, region_name=${JSON.stringify(current().region)})
answer = client.${snake(operation)}(
${Object.entries(input).map(([name, value]) => `    ${name}=${python(value)},`).join("\n")}
)
print(answer)`;

/** Three tabs. */
export function snippets(operation, path, input, service = "personalize-runtime") {
    const texts = { curl: curlOf(path, input), "aws CLI": cliOf(service, operation, input), boto3: botoOf(service, operation, input) };
    const body = h("div", { role: "tabpanel", id: "snippet", tabindex: "0", "aria-label": "The same request" });
    const buttons = Object.keys(texts).map(name => h("button", { type: "button", role: "tab", "aria-controls": "snippet", onclick: () => show(name), onkeydown: event => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = buttons[(buttons.indexOf(event.currentTarget) + step + buttons.length) % buttons.length];
        next.focus();
        next.click();
    } }, name));
    function show(name) {
        for (const button of buttons) {
            const isChosen = button.textContent === name;
            button.setAttribute("aria-selected", String(isChosen));
            button.tabIndex = isChosen ? 0 : -1;
        }
        replace(body, h("pre", {}, texts[name]), copy(texts[name]));
    }
    show("curl");
    return h("section", { "aria-label": "The same request" }, h("h2", {}, "The same request"),
        h("p", { class: "soft" }, "With ", h("code", {}, `AWS_ACCESS_KEY_ID=${settings.key.id}`), " and its secret in the environment."),
        h("div", { class: "tabs", role: "tablist", "aria-label": "Client" }, buttons), body);
}
