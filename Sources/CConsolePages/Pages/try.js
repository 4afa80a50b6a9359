// Ask a campaign or recommender, see why, send an event, and see what moved.

import { add, fault, field, h, name, replace, select, tell, time } from "./dom.js";
import { admin, every, personalize, rest } from "./api.js";
import { filterForm } from "./filters.js";
import { current, keep, link } from "./route.js";
import { snippets } from "./snippets.js";
import { why } from "./why.js";

const RELATED = /sims|similar|because-you|more-like|bought-together|also-viewed/;

/** What serves in this region: `{arn, kind, name, recipe, group}`. */
async function deployments() {
    const groups = await every("ListDatasetGroups", {}, "datasetGroups");
    const found = await Promise.all(groups.map(async ({ datasetGroupArn: group }) => {
        const [solutions, recommenders] = await Promise.all([
            every("ListSolutions", { datasetGroupArn: group }, "solutions"), every("ListRecommenders", { datasetGroupArn: group }, "recommenders")]);
        const campaigns = await Promise.all(solutions.map(async solution =>
            (await every("ListCampaigns", { solutionArn: solution.solutionArn }, "campaigns"))
                .map(one => ({ arn: one.campaignArn, kind: "campaign", name: one.name, recipe: name(solution.recipeArn || ""), group, status: one.status }))));
        return [...campaigns.flat(), ...recommenders.map(one =>
            ({ arn: one.recommenderArn, kind: "recommender", name: one.name, recipe: name(one.recipeArn), group, status: one.status }))];
    }));
    return found.flat().filter(one => one.status === "ACTIVE");
}

const kindOf = recipe => /ranking/.test(recipe) ? "ranking" : /next-best-action/.test(recipe) ? "actions" : RELATED.test(recipe) ? "related" : "list";

class TryIt extends HTMLElement {
    async connectedCallback() {
        const { params } = current();
        try {
            this.deployments = await deployments();
            const group = params.get("group");
            const choice = this.deployments.find(one => one.arn === params.get("deployment"))
                || this.deployments.find(one => one.group === group && kindOf(one.recipe) === "list" && !/popular/.test(one.recipe))
                || this.deployments.find(one => !group || one.group === group);
            if (!this.isConnected) return;
            if (!choice) {
                return replace(this, h("section", {}, h("p", {}, "Nothing serves in this region yet. ",
                    h("a", { href: link("data") }, "Begin with a CSV file"), ": at its end there is a campaign.")));
            }
            await this.choose(choice, params);
        } catch (error) {
            replace(this, fault(error));
        }
    }

    async choose(choice, params) {
        this.choice = choice;
        this.kind = kindOf(choice.recipe);
        this.earlier = null;
        const [filters, trackers] = await Promise.all([
            every("ListFilters", { datasetGroupArn: choice.group }, "Filters"),
            every("ListEventTrackers", { datasetGroupArn: choice.group }, "eventTrackers")]);
        this.trackers = trackers.filter(one => one.status === "ACTIVE");
        const arns = this.deployments.map(one => [one.arn, `${one.name} (${one.recipe})`]);
        this.user = h("input", { value: params.get("user") || "", list: "known-users", autocomplete: "off", spellcheck: "false", oninput: () => this.offer() });
        this.item = h("input", { value: params.get("item") || "", autocomplete: "off", spellcheck: "false" });
        this.list = h("textarea", { value: params.get("list") || "", rows: "3", spellcheck: "false" });
        this.count = h("input", { type: "number", min: "1", max: "500", value: params.get("count") || "10" });
        this.filter = select([["", "None"], ...filters.map(one => [one.filterArn, one.name])], params.get("filter") || "", { onchange: () => this.askValues() });
        this.values = h("div", { class: "row" });
        this.workshop = h("details", { ontoggle: () => this.write() }, h("summary", {}, "Write a filter"));
        this.known = h("datalist", { id: "known-users" });
        this.history = h("div");
        this.answer = h("div", { class: "grid" });
        this.requests = h("div");
        this.sending = h("div");
        const wants = { list: ["user", "count"], related: ["item", "user", "count"], ranking: ["user", "list"], actions: ["user", "count"] }[this.kind];
        const controls = {
            user: field("User", this.user), item: field("Item", this.item), list: field("Items to rank", this.list, "Ids, divided by blanks, commas or lines."),
            count: field("Results", this.count),
        };
        replace(this,
            h("section", { "aria-label": "Request" },
                h("form", { onsubmit: event => { event.preventDefault(); this.ask(); } },
                    h("div", { class: "row" }, field("Campaign or recommender", select(arns, choice.arn, {
                        onchange: event => this.choose(this.deployments.find(one => one.arn === event.target.value), new URLSearchParams({ user: this.user.value })),
                    })), wants.filter(one => one !== "list").map(one => controls[one]), field("Filter", this.filter), this.values,
                        h("button", { class: "main", "data-focus": "ask" }, this.kind === "ranking" ? "Rank" : "Recommend")),
                    wants.includes("list") ? controls.list : null, this.known), this.workshop),
            this.answer, this.sending, this.history, this.requests);
        await this.askValues(params.get("values"));
        this.offer();
        if (this.user.value || this.item.value && this.kind === "related") await this.ask();
    }

    /** Ids of users that begin with what is typed. */
    async offer() {
        if (this.kind === "related") return;
        try {
            const { users } = await admin("users", { pairs: [...Object.entries(this.deployment()), ["prefix", this.user.value], ["count", "50"]] });
            replace(this.known, users.map(user => h("option", { value: user })));
        } catch { /* A list of suggestions is no more than that. */ }
    }

    /** A form for an expression, once it is wanted, with that of the chosen filter. */
    write() {
        if (!this.workshop.open || this.workshop.childElementCount > 1) return;
        this.workshop.append(filterForm({ deployment: this.deployment(), group: this.choice.group, user: this.user, item: this.item }, this.expression, async filterArn => {
            this.filter.append(h("option", { value: filterArn }, name(filterArn)));
            this.filter.value = filterArn;
            await this.askValues();
        }));
    }

    deployment() { return { [this.choice.kind === "campaign" ? "campaignArn" : "recommenderArn"]: this.choice.arn }; }

    /** A control for each placeholder of the filter. */
    async askValues(kept) {
        replace(this.values);
        this.expression = "";
        if (!this.filter.value) return;
        try {
            const { filter } = await personalize("DescribeFilter", { filterArn: this.filter.value });
            this.expression = filter.filterExpression;
            const known = JSON.parse(kept || "{}");
            const names = [...new Set([...filter.filterExpression.matchAll(/\$([A-Za-z0-9_]+)/g)].map(found => found[1]))];
            replace(this.values, names.map(one => field(one, h("input", { value: (known[one] || "").replace(/^"|"$/g, ""), "data-name": one, autocomplete: "off" }))));
        } catch (error) {
            replace(this.values, fault(error));
        }
    }

    /** The request as the service takes it. */
    request() {
        const input = this.deployment();
        if (this.user.value) input.userId = this.user.value;
        if (this.kind === "related" && this.item.value) input.itemId = this.item.value;
        if (this.kind === "ranking") input.inputList = this.list.value.split(/[\s,]+/).filter(Boolean);
        else input.numResults = Number(this.count.value) || 10;
        if (this.filter.value) {
            input.filterArn = this.filter.value;
            const inputs = [...this.values.querySelectorAll("input")];
            if (inputs.length) input.filterValues = Object.fromEntries(inputs.map(one => [one.dataset.name,
                one.value.split(",").map(value => `"${value.trim()}"`).join(",")]));
        }
        return input;
    }

    get operation() {
        return { ranking: ["/personalize-ranking", "GetPersonalizedRanking", "personalizedRanking", "itemId"],
            actions: ["/action-recommendations", "GetActionRecommendations", "actionList", "actionId"] }[this.kind]
            || ["/recommendations", "GetRecommendations", "itemList", "itemId"];
    }

    async ask(event) {
        const [path, operation, member, id] = this.operation;
        const input = this.request();
        keep({ deployment: this.choice.arn, user: input.userId, item: input.itemId, list: input.inputList?.join(" "), count: input.numResults,
            filter: input.filterArn, values: input.filterValues && JSON.stringify(input.filterValues) });
        replace(this.requests, snippets(operation, path, input));
        try {
            const answer = await rest(path, input);
            const lines = answer[member].map(line => ({ id: line[id], score: line.score, reason: line.reason }));
            const titles = await this.titles(lines.map(line => line.id));
            if (!this.isConnected) return;
            const earlier = event ? this.earlier : null;
            replace(this.answer,
                earlier && h("section", { "aria-label": "Before" }, h("h2", {}, "Before"), this.shown(earlier.lines, earlier.titles, null)),
                h("section", { "aria-label": "Answer" }, h("h2", {}, earlier ? `After ${event}` : this.heading(input)), this.shown(lines, titles, earlier, input)));
            this.earlier = { lines, titles };
            this.offerEvents();
            this.showHistory();
        } catch (error) {
            replace(this.answer, h("section", { "aria-label": "Answer" }, fault(error), this.expression && h("pre", {}, this.expression)));
        }
    }

    heading(input) {
        if (this.kind === "related") return `Items related to ${input.itemId}`;
        return this.kind === "ranking" ? `The list, ranked for ${input.userId}` : `For ${input.userId || "nobody in particular"}`;
    }

    async titles(ids) {
        if (this.kind === "actions" || !ids.length) return {};
        try {
            const { items } = await admin("items", { method: "POST", body: { ...this.deployment(), itemId: ids } });
            return Object.fromEntries(items.map(item => [item.itemId, item.title || Object.values(item.columns).slice(1, 3).join(", ")]));
        } catch { return {}; }
    }

    shown(lines, titles, earlier, input) {
        if (!lines.length) return h("p", { class: "soft" }, "Nothing is left.");
        const places = earlier && new Map(earlier.lines.map((line, index) => [line.id, index]));
        const most = Math.max(...lines.map(line => line.score || 0), 1e-9);
        return h("ol", { class: "answer" }, lines.map((line, index) => {
            const place = h("div", { class: "why", hidden: true });
            const open = input && ["list", "ranking", "actions"].includes(this.kind) ? h("button", { type: "button", class: "small", "aria-expanded": "false",
                "aria-label": `Why ${line.id}`, onclick: event => this.explain(event.currentTarget, place, line, input) }, "Why") : null;
            const click = input && this.trackers.length && this.kind !== "actions" ? h("button", { type: "button", class: "small", "aria-label": `Click on ${line.id}`,
                onclick: () => this.send("click", line.id) }, "Click") : null;
            return h("li", {},
                h("span", { class: "place" }, index + 1),
                h("span", { class: "what" }, titles[line.id] ? [titles[line.id], " "] : null, h("code", {}, line.id), " ",
                    places && this.movement(places.get(line.id), index), line.reason && h("small", {}, ` ${[].concat(line.reason).join(", ")}`)),
                h("span", { class: "buttons" }, line.score !== undefined && line.score !== null ? [
                    h("meter", { class: "meter", min: "0", max: most, value: line.score, "aria-hidden": "true" }),
                    h("span", { class: "score" }, line.score.toFixed(7))] : null, open, click),
                place);
        }));
    }

    movement(before, now) {
        if (before === undefined) return h("span", { class: "moved new" }, "new");
        if (before === now) return null;
        const up = before > now, steps = Math.abs(before - now);
        return h("span", { class: `moved ${up ? "up" : "down"}` }, `${up ? "▲" : "▼"} ${steps}`, h("span", { class: "hidden" }, up ? " up" : " down"));
    }

    async explain(button, place, line, input) {
        const opens = place.hidden;
        place.hidden = !opens;
        button.setAttribute("aria-expanded", String(opens));
        if (!opens) return;
        const { filterArn, filterValues } = this.kind === "actions" ? {} : input;
        // By POST: a ranking's list may be longer than an address.
        const body = { ...this.deployment(), userId: input.userId, [this.kind === "actions" ? "actionId" : "itemId"]: line.id, inputList: input.inputList, filterArn, filterValues };
        try { replace(place, why(await admin("explain", { method: "POST", body }))); } catch (error) { replace(place, fault(error)); }
    }

    /** The form that sends an event, where a tracker takes one. */
    offerEvents() {
        if (this.kind === "actions" || this.sending.childElementCount) return;
        if (!this.trackers.length) {
            return replace(this.sending, h("section", {}, h("p", {}, "The data set group has no event tracker, so there is nowhere to send events to. ",
                h("button", { type: "button", onclick: () => this.makeTracker() }, "Create one"))));
        }
        const type = h("input", { value: "click", autocomplete: "off" }), item = h("input", { autocomplete: "off", required: true });
        replace(this.sending, h("section", { "aria-label": "Event" }, h("form", { class: "row", onsubmit: event => {
            event.preventDefault();
            this.send(type.value, item.value.trim());
        } }, field("Event type", type), field("Item of the event", item), h("button", {}, "Send the event, and ask again"))));
    }

    async makeTracker() {
        try {
            await personalize("CreateEventTracker", { name: `${name(this.choice.group)}-tracker`, datasetGroupArn: this.choice.group });
            await this.choose(this.choice, current().params);
        } catch (error) { add(this.sending, fault(error)); }
    }

    async send(type, item) {
        if (!this.user.value) return tell("An event needs a user.");
        try {
            this.tracking ||= {};
            const arn = this.trackers[0].eventTrackerArn;
            this.tracking[arn] ||= (await personalize("DescribeEventTracker", { eventTrackerArn: arn })).eventTracker.trackingId;
            await rest("/events", { trackingId: this.tracking[arn], userId: this.user.value, sessionId: `console-${this.user.value}`,
                eventList: [{ eventType: type, itemId: item, sentAt: Math.floor(Date.now() / 1000) }] });
            tell(`Sent: ${type} on ${item}.`);
            await this.ask(`${type} on ${item}`);
        } catch (error) {
            replace(this.sending, fault(error));
        }
    }

    async showHistory() {
        if (this.kind === "related" || this.kind === "actions" || !this.user.value) return replace(this.history);
        try {
            const found = await admin("explain", { pairs: [...Object.entries(this.deployment()), ["userId", this.user.value]] });
            if (!found.history) return replace(this.history);
            const events = found.history.slice().reverse();
            replace(this.history, h("section", { "aria-label": "History" }, h("h2", {}, `History of ${found.userId}`),
                found.isKnown ? null : h("p", { class: "soft" }, "Training has not seen this user."),
                events.length ? h("details", { open: events.length < 12 }, h("summary", {}, `${events.length} newest events that the model knows`),
                    h("ol", {}, events.map(event => h("li", {}, event.title ? [event.title, " "] : null, h("code", {}, event.itemId),
                        h("span", { class: "soft" }, ` ${event.eventType || ""} ${time(event.timestamp)}`)))))
                    : h("p", {}, "No events: the answer is what is popular lately.")));
        } catch { replace(this.history); }
    }
}

customElements.define("p-try", TryIt);
