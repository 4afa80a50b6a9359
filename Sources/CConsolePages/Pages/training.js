// Solutions and their versions: how far a training is, its figures, and versions compared on AWS's metrics.

import { admin, every, personalize, shownGroups } from "./api.js";
import { lines, number } from "./charts.js";
import { fault, field, h, name, replace, select, status, table, tell, time } from "./dom.js";
import { following, live } from "./live.js";
import { link } from "./route.js";

/** By version: the newest progress while this page is open. */
const seen = new Map();

live.addEventListener("work", event => {
    for (const work of event.detail) seen.set(work.arn, work);
});

/** By version that is trained: what else is known of its training; that does not change. */
const records = new Map();

async function recordOf(version) {
    const arn = version.solutionVersionArn;
    if (records.has(arn)) return records.get(arn);
    const found = await admin("training", { pairs: [["solutionVersionArn", arn]] });
    if (version.status === "ACTIVE") records.set(arn, found);
    return found;
}

/** A picture for each figure, its lines in the order of the phases. */
function curves(record, isRunning) {
    const names = [...new Set((record.curves || []).map(one => one.figure))].filter(one => record.curves.some(line => line.figure === one && line.points.length));
    if (!names.length) return null;
    const shown = one => record.curves.filter(line => line.figure === one && line.points.length).sort((left, right) => left.points[0][0] - right.points[0][0]);
    return h("div", { class: "grid" }, names.map(one => lines(one === "loss" ? "Loss" : one[0].toUpperCase() + one.slice(1), shown(one), isRunning)));
}

const short = version => version.solutionVersionArn.split("/").pop();

/** Versions beside each other and beside the list of the most popular items, on the same test users. */
function metrics(versions) {
    const measured = versions.filter(version => Object.keys(version.metrics).length);
    if (!measured.length) return null;
    const names = [...new Set(measured.flatMap(version => Object.keys(version.metrics)))].sort();
    const best = metric => Math.max(...measured.map(version => version.metrics[metric] ?? -Infinity));
    const popularity = measured.map(version => version.record.popularity).filter(Boolean).at(-1);
    const times = (value, base) => base > 0 ? h("small", { class: "soft" }, ` ${(value / base).toFixed(2)}×`) : null;
    return [h("h3", {}, "Metrics"), h("p", { class: "soft" }, popularity ? `Of ${number(measured.at(-1).record.testUsers)} test users. Beside each figure: how many times that of the most popular items, given to everybody.` : null),
        table("Metrics", [["Metric", metric => h("code", {}, metric)], popularity ? ["Popularity", metric => popularity[metric] === undefined ? "" : popularity[metric].toFixed(4), "number"] : null,
            ...measured.map(version => [short(version), metric => {
                const value = version.metrics[metric];
                if (value === undefined) return "";
                const isBest = measured.length > 1 && value === best(metric);
                return [isBest ? h("strong", {}, value.toFixed(4), h("span", { class: "hidden" }, " best")) : value.toFixed(4), times(value, version.record.popularity?.[metric])];
            }, "number"])].filter(Boolean), names)];
}

class Training extends HTMLElement {
    connectedCallback() {
        this.shown = h("div");
        replace(this, this.shown);
        this.end = following(this, () => this.show());
    }

    disconnectedCallback() { this.end(); }

    async show() {
        try {
            const { groups, isOne } = await shownGroups();
            const parts = await Promise.all(groups.map(async ({ datasetGroupArn }) => {
                const [solutions, recommenders] = await Promise.all([every("ListSolutions", { datasetGroupArn }, "solutions"),
                    every("ListRecommenders", { datasetGroupArn }, "recommenders")]);
                return [await Promise.all(solutions.map(one => this.solution(one))), recommenders.map(one => this.recommender(one))];
            }));
            if (!this.isConnected) return;
            replace(this.shown, isOne && h("p", {}, h("a", { href: link("training") }, "All data set groups")),
                parts.flat(3).length ? parts : h("section", {}, h("p", {}, "Nothing is trained yet. ", h("a", { href: link("data") }, "Begin with a CSV file"), ".")));
        } catch (error) {
            if (this.isConnected) replace(this.shown, fault(error));
        }
    }

    async solution(one) {
        const [{ solution }, listed, campaigns] = await Promise.all([
            personalize("DescribeSolution", { solutionArn: one.solutionArn }), every("ListSolutionVersions", { solutionArn: one.solutionArn }, "solutionVersions"),
            every("ListCampaigns", { solutionArn: one.solutionArn }, "campaigns")]);
        const versions = await Promise.all(listed.map(async version => {
            const described = (await personalize("DescribeSolutionVersion", { solutionVersionArn: version.solutionVersionArn })).solutionVersion;
            const [{ metrics = {} }, record] = await Promise.all([
                described.status === "ACTIVE" ? personalize("GetSolutionMetrics", { solutionVersionArn: version.solutionVersionArn }) : {}, recordOf(described)]);
            return { ...described, metrics, record };
        }));
        const busy = versions.filter(version => /PENDING|IN_PROGRESS|STOPPING/.test(version.status));
        const last = versions.filter(version => version.status === "ACTIVE").at(-1);
        const learnt = last && !busy.length && curves(last.record, false);
        return h("section", { "aria-label": solution.name }, h("h2", {}, solution.name, " ", status(solution.status)),
            h("p", { class: "soft" }, `Recipe ${name(solution.recipeArn)}`),
            busy.map(version => this.progress(version)),
            versions.length ? table("Versions", [["Version", version => h("code", {}, short(version))], ["Status", version => status(version.status), "tight"],
                ["Made", version => time(version.creationDateTime), "tight"], ["Mode", version => version.trainingMode, "tight"],
                ["Hours", version => version.trainingHours ?? "", "number"], ["Reason", version => version.failureReason || ""],
                ["", version => version.status === "ACTIVE" ? h("button", { type: "button", class: "small", "data-focus": `deploy ${short(version)}`, "aria-label": `Deploy ${short(version)}`,
                    onclick: () => this.deploy(solution, version, campaigns) }, "Deploy") : null, "tight"]], versions) : null,
            metrics(versions), learnt ? h("details", {}, h("summary", { "data-focus": `curves ${solution.name}` }, `How ${short(last)} learnt`), learnt) : null,
            campaigns.length ? h("p", {}, "Campaigns: ", campaigns.map(campaign => [h("a", { href: link("try", { deployment: campaign.campaignArn }) }, campaign.name), " ", status(campaign.status), " "])) : null,
            h("p", { class: "buttons" }, h("button", { type: "button", "data-focus": `train ${solution.name}`, disabled: busy.length > 0, onclick: () => this.do(
                () => personalize("CreateSolutionVersion", { solutionArn: solution.solutionArn }), "The training begins.") }, "Train a version")));
    }

    progress(version) {
        const work = seen.get(version.solutionVersionArn);
        return h("div", { class: "card" }, h("p", {}, work?.fraction === undefined ? "Waits for its turn, or reads its data." : `${work.phase}, ${Math.round(work.fraction * 100)} %`,
            work?.secondsLeft ? `, about ${Math.ceil(work.secondsLeft)} s left` : ""),
            h("progress", { max: "1", value: work?.fraction ?? 0, "aria-label": "Training" }), curves(version.record, true),
            h("p", {}, h("button", { type: "button", "data-focus": "stop", disabled: /STOPPING/.test(version.status), onclick: () => this.do(
                () => personalize("StopSolutionVersionCreation", { solutionVersionArn: version.solutionVersionArn }), "The training is told to stop.") }, "Stop")));
    }

    recommender(one) {
        return h("section", { "aria-label": one.name }, h("h2", {}, one.name, " ", status(one.status)), h("p", { class: "soft" }, `Use case ${name(one.recipeArn)}`),
            one.failureReason && h("p", { class: "fault" }, one.failureReason), h("p", {}, h("a", { href: link("try", { deployment: one.recommenderArn }) }, "Try it")));
    }

    /** To a new campaign, or in the place of what one has now. */
    deploy(solution, version, campaigns) {
        const choice = select([["", "A new campaign"], ...campaigns.map(one => [one.campaignArn, `In place of what ${one.name} has`])], campaigns[0]?.campaignArn || "");
        const own = h("input", { value: `${solution.name}-${campaigns.length + 1}`.slice(0, 63) });
        const dialog = h("dialog", { "aria-labelledby": "deploy-title", onclose: () => dialog.remove() }, h("form", { method: "dialog", onsubmit: () => this.do(
            () => choice.value ? personalize("UpdateCampaign", { campaignArn: choice.value, solutionVersionArn: version.solutionVersionArn })
                : personalize("CreateCampaign", { name: own.value, solutionVersionArn: version.solutionVersionArn }), "It is being deployed.") },
            h("h2", { id: "deploy-title" }, "Deploy"), field("Campaign", choice), field("Name of a new campaign", own),
            h("p", { class: "buttons" }, h("button", { class: "main" }, "Deploy"), h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"))));
        document.body.append(dialog);
        dialog.showModal();
    }

    async do(work, words) {
        try {
            await work();
            tell(words);
            this.show();
        } catch (error) { this.prepend(fault(error)); }
    }
}

customElements.define("p-training", Training);
