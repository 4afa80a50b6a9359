// Solutions and their versions: how far a training is, its figures, and versions compared on AWS's metrics.

import { every, personalize, shownGroups } from "./api.js";
import { fault, field, h, name, replace, s, select, status, table, tell, time } from "./dom.js";
import { following, live } from "./live.js";
import { link } from "./route.js";

/** By version: the newest progress, and the figures that were told while this page was open. */
const seen = new Map();

live.addEventListener("work", event => {
    for (const work of event.detail) {
        const known = seen.get(work.arn) || { figures: [] };
        known.work = work;
        if (work.figure) known.figures.push({ at: work.fraction, value: work.figure.value, name: work.figure.name });
        seen.set(work.arn, known);
    }
});

/** The figure of what is learnt, over the share of the work that is done. */
function curve(figures) {
    const values = figures.map(one => one.value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const points = figures.map(one => `${(one.at * 300).toFixed(1)},${(55 - (one.value - least) / Math.max(most - least, 1e-9) * 50).toFixed(1)}`).join(" ");
    const title = `${figures[0].name}: ${values[0].toPrecision(4)} at first, ${values[values.length - 1].toPrecision(4)} now`;
    return h("figure", {}, s("svg", { class: "bars", viewBox: "0 0 300 60", height: "60", role: "img", "aria-label": title },
        s("polyline", { points, fill: "none", stroke: "currentColor", "stroke-width": "2" })), h("figcaption", { class: "soft" }, title));
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
            const metrics = version.status === "ACTIVE"
                ? (await personalize("GetSolutionMetrics", { solutionVersionArn: version.solutionVersionArn })).metrics : {};
            return { ...described, metrics };
        }));
        const short = version => version.solutionVersionArn.split("/").pop();
        const busy = versions.filter(version => /PENDING|IN_PROGRESS/.test(version.status));
        const names = [...new Set(versions.flatMap(version => Object.keys(version.metrics)))].sort();
        const measured = versions.filter(version => Object.keys(version.metrics).length);
        const best = metric => Math.max(...measured.map(version => version.metrics[metric] ?? -Infinity));
        return h("section", { "aria-label": solution.name }, h("h2", {}, solution.name, " ", status(solution.status)),
            h("p", { class: "soft" }, `Recipe ${name(solution.recipeArn)}`),
            busy.map(version => this.progress(version)),
            versions.length ? table("Versions", [["Version", version => h("code", {}, short(version))], ["Status", version => status(version.status), "tight"],
                ["Made", version => time(version.creationDateTime), "tight"], ["Mode", version => version.trainingMode, "tight"],
                ["Hours", version => version.trainingHours ?? "", "number"], ["Reason", version => version.failureReason || ""],
                ["", version => version.status === "ACTIVE" ? h("button", { type: "button", class: "small", "data-focus": `deploy ${short(version)}`, "aria-label": `Deploy ${short(version)}`,
                    onclick: () => this.deploy(solution, version, campaigns) }, "Deploy") : null, "tight"]], versions) : null,
            measured.length ? [h("h3", {}, "Metrics"), table("Metrics", [["Metric", metric => h("code", {}, metric)],
                ...measured.map(version => [short(version), metric => {
                    const value = version.metrics[metric];
                    if (value === undefined) return "";
                    return measured.length > 1 && value === best(metric) ? h("strong", {}, value.toFixed(4), h("span", { class: "hidden" }, " best")) : value.toFixed(4);
                }, "number"])], names)] : null,
            campaigns.length ? h("p", {}, "Campaigns: ", campaigns.map(campaign => [h("a", { href: link("try", { deployment: campaign.campaignArn }) }, campaign.name), " ", status(campaign.status), " "])) : null,
            h("p", { class: "buttons" }, h("button", { type: "button", "data-focus": `train ${solution.name}`, disabled: busy.length > 0, onclick: () => this.do(
                () => personalize("CreateSolutionVersion", { solutionArn: solution.solutionArn }), "The training begins.") }, "Train a version")));
    }

    progress(version) {
        const known = seen.get(version.solutionVersionArn);
        const work = known?.work;
        return h("div", { class: "card" }, h("p", {}, work?.fraction === undefined ? "Waits for its turn, or reads its data." : `${work.phase}, ${Math.round(work.fraction * 100)} %`,
            work?.secondsLeft ? `, about ${Math.ceil(work.secondsLeft)} s left` : ""),
            h("progress", { max: "1", value: work?.fraction ?? 0, "aria-label": "Training" }),
            known?.figures.length > 1 ? curve(known.figures) : null,
            h("p", {}, h("button", { type: "button", "data-focus": "stop", onclick: () => this.do(
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
