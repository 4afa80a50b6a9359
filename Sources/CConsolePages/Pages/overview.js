// What there is, by AWS's checklist, what runs, and what failed and why.

import { every, all, query, s3 } from "./api.js";
import { fault, h, name, replace, status, table } from "./dom.js";
import { following } from "./live.js";
import { link } from "./route.js";

/** The lists of a dataset group, by what they tell of. */
async function groupLists(group) {
    const input = { datasetGroupArn: group.datasetGroupArn };
    const [datasets, solutions, trackers, recommenders, filters] = await Promise.all([
        every("ListDatasets", input, "datasets"), every("ListSolutions", input, "solutions"), every("ListEventTrackers", input, "eventTrackers"),
        every("ListRecommenders", input, "recommenders"), every("ListFilters", input, "Filters"),
    ]);
    const of = async (list, ask) => (await Promise.all(list.map(ask))).flat();
    const [imports, versions, campaigns] = await Promise.all([
        of(datasets, dataset => every("ListDatasetImportJobs", { datasetArn: dataset.datasetArn }, "datasetImportJobs")),
        of(solutions, solution => every("ListSolutionVersions", { solutionArn: solution.solutionArn }, "solutionVersions")),
        of(solutions, solution => every("ListCampaigns", { solutionArn: solution.solutionArn }, "campaigns")),
    ]);
    return { datasets, imports, solutions, versions, campaigns, recommenders, trackers, filters };
}

const arnOf = resource => Object.entries(resource).find(([key]) => key.endsWith("Arn") && key !== "datasetGroupArn" && key !== "solutionArn" && key !== "recipeArn")?.[1]
    || resource.solutionArn || resource.datasetGroupArn;

/** How far a step is, from the resources that it is made of. */
function step(resources) {
    if (resources.some(one => one.status === "ACTIVE" || one.status === "INACTIVE")) return "done";
    return resources.find(one => / /.test(one.status) && !/FAILED|STOPPED/.test(one.status))?.status || resources[0]?.status || "to do";
}

function checklist(group, lists) {
    const domain = Boolean(group.domain);
    const types = lists.datasets.map(dataset => dataset.datasetType).join(", ");
    const steps = [
        ["Data set and schema", lists.datasets, types || "An Interactions data set and its schema.", "data"],
        ["Import", lists.imports, lists.imports.length ? `${lists.imports.length} ${lists.imports.length === 1 ? "job" : "jobs"}` : "Interactions, by a CSV file.", "data"],
        domain
            ? ["Recommender", lists.recommenders, lists.recommenders.map(one => one.name).join(", ") || "One for each use case.", "training"]
            : ["Solution", lists.versions, lists.solutions.map(one => one.name).join(", ") || "A recipe, and a version that is trained.", "training"],
        domain && !lists.solutions.length ? null
            : ["Campaign", lists.campaigns, lists.campaigns.map(one => one.name).join(", ") || "What answers requests.", "training"],
        ["Event tracker", lists.trackers, lists.trackers.map(one => one.name).join(", ") || "Where events of users go.", "training"],
    ].filter(Boolean);
    return h("ol", { class: "steps" }, steps.map(([title, resources, text, screen]) => h("li", {},
        h("span", {}, h("a", { href: link(screen, { group: group.datasetGroupArn }) }, title)),
        h("span", {}, status(step(resources)), " ", h("span", { class: "soft" }, text)))));
}

/** What is on its way, and what failed, of all groups. */
function news(groups) {
    const everything = groups.flatMap(({ group, lists }) => [group, ...Object.values(lists).flat()]);
    const busy = everything.filter(one => /PENDING|IN_PROGRESS|STOPPING/.test(one.status));
    const failed = everything.filter(one => /FAILED/.test(one.status));
    const line = one => h("code", {}, arnOf(one).split(":").slice(5).join(":"));
    return [
        busy.length ? h("section", { "aria-label": "What runs" }, h("h2", {}, "What runs"),
            table("What runs", [["Resource", line], ["Status", one => status(one.status), "tight"]], busy)) : null,
        failed.length ? h("section", { "aria-label": "What failed" }, h("h2", {}, "What failed, and why"),
            table("What failed", [["Resource", line], ["Status", one => status(one.status), "tight"], ["Reason", one => one.failureReason || ""]], failed)) : null,
    ];
}

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

class Overview extends HTMLElement {
    connectedCallback() {
        this.end = following(this, () => this.show());
    }

    disconnectedCallback() { this.end(); }

    async show() {
        try {
            const found = await every("ListDatasetGroups", {}, "datasetGroups");
            const [groups, streams, buckets, stacks] = await Promise.all([
                Promise.all(found.map(async group => ({ group, lists: await groupLists(group) }))),
                all("kinesis", "ListStreams", {}, "StreamNames"), s3("GET", "/", { operation: "ListBuckets" }), query("cloudformation", "DescribeStacks"),
            ]);
            const others = h("section", { "aria-label": "Beside Personalize" }, h("h2", {}, "Beside Personalize"), h("p", {},
                h("a", { href: link("streams") }, count(streams.length, "stream", "streams")), " · ",
                h("a", { href: link("objects") }, count(buckets.one("Buckets")?.all("Bucket").length || 0, "bucket", "buckets")), " · ",
                h("a", { href: link("stacks") }, count(stacks.one("Stacks")?.all("member").length || 0, "stack", "stacks")), " · ", h("a", { href: link("functions") }, "functions and logs")));
            if (!this.isConnected) return;
            replace(this, news(groups), groups.length ? groups.map(({ group, lists }) => h("section", {},
                h("h2", {}, name(group.datasetGroupArn), " ", status(group.status)), group.domain && h("p", { class: "soft" }, `Domain ${group.domain}`),
                checklist(group, lists),
                (lists.campaigns.length || lists.recommenders.length) ? h("p", {},
                    h("a", { href: link("try", { group: group.datasetGroupArn }), "data-focus": `try ${group.name}` }, "Try it")) : null))
                : h("section", {}, h("h2", {}, "Nothing here yet"),
                    h("p", {}, "This account has no data set group in this region. ", h("a", { href: link("data"), "data-focus": "begin" }, "Begin with a CSV file"),
                        ", or point any AWS client here:"),
                    h("pre", {}, `export AWS_ENDPOINT_URL=${location.origin} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1\naws personalize list-recipes`)),
                others);
        } catch (error) {
            if (this.isConnected) replace(this, fault(error));
        }
    }
}

customElements.define("p-overview", Overview);
