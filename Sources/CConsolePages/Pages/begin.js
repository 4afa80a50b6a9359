// From CSV files to a campaign, step after step, each by the operations that a client would use.

import { personalize, s3 } from "./api.js";
import { renamed, rows, schema } from "./csv.js";
import { live } from "./live.js";

const DESCRIBE = {
    datasetGroup: "DescribeDatasetGroup", dataset: "DescribeDataset", datasetImportJob: "DescribeDatasetImportJob", solution: "DescribeSolution",
    solutionVersion: "DescribeSolutionVersion", campaign: "DescribeCampaign", eventTracker: "DescribeEventTracker",
};

/** Waits until a resource is no longer on its way. @throws an Error with its failureReason. */
async function settled(kind, arn, tell) {
    for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
        const found = (await personalize(DESCRIBE[kind], { [`${kind}Arn`]: arn }))[kind];
        tell?.(found.status);
        if (/FAILED|STOPPED/.test(found.status)) throw new Error(found.failureReason || found.status);
        if (found.status === "ACTIVE") return found;
        await new Promise(done => setTimeout(done, pause));
    }
}

const role = arn => `arn:aws:iam::${arn.split(":")[4]}:role/personalite`;

/** Puts a file into the bucket of a data set and imports it. @param one `{file, columns}` */
export async function importInto(dataset, one, importMode) {
    const base = dataset.name.toLowerCase().replace(/[^a-z0-9-]/g, "-").slice(0, 50);
    const bucket = `${base}-data`, jobName = `${dataset.name.slice(0, 40)}-${Date.now().toString(36)}`;
    try { await s3("PUT", `/${bucket}`, { operation: "CreateBucket" }); } catch (error) { if (error.code !== "BucketAlreadyOwnedByYou") throw error; }
    await s3("PUT", `/${bucket}/${jobName}.csv`, { body: await renamed(one.file, one.columns), operation: "PutObject" });
    return personalize("CreateDatasetImportJob", {
        jobName, datasetArn: dataset.datasetArn, importMode, dataSource: { dataLocation: `s3://${bucket}/${jobName}.csv` }, roleArn: role(dataset.datasetArn),
    });
}

/**
 * @param tell is called with a step, its state and what else is known of it.
 * @returns `{group, campaign, user}`; the user is one of the file's.
 */
export async function begin(name, recipe, files, tell) {
    async function step(title, kind, work) {
        tell(title, "begins");
        const arn = await work();
        if (kind) await settled(kind, arn, state => tell(title, state));
        tell(title, "done", arn || "");
        return arn;
    }
    const group = await step("Data set group", "datasetGroup", async () => (await personalize("CreateDatasetGroup", { name })).datasetGroupArn);
    const bucket = `${name.toLowerCase().replace(/_/g, "-")}-data`;
    await step(`Bucket ${bucket}`, null, async () => { await s3("PUT", `/${bucket}`, { operation: "CreateBucket" }); });
    for (const one of files) {
        const kind = one.kind, own = `${name}-${kind.toLowerCase()}`;
        const schemaArn = await step(`Schema of ${kind}`, null, async () =>
            (await personalize("CreateSchema", { name: own, schema: schema(kind, one.columns) })).schemaArn);
        const dataset = await step(`Data set ${kind}`, "dataset", async () =>
            (await personalize("CreateDataset", { name: own, schemaArn, datasetGroupArn: group, datasetType: kind })).datasetArn);
        await step(`Upload of ${one.file.name}`, null, async () => {
            await s3("PUT", `/${bucket}/${kind.toLowerCase()}.csv`, { body: await renamed(one.file, one.columns), operation: "PutObject" });
        });
        await step(`Import of ${kind}`, "datasetImportJob", async () => (await personalize("CreateDatasetImportJob", {
            jobName: `${own}-1`, datasetArn: dataset, dataSource: { dataLocation: `s3://${bucket}/${kind.toLowerCase()}.csv` }, roleArn: role(group),
        })).datasetImportJobArn);
    }
    const solution = await step(`Solution with ${recipe}`, "solution", async () =>
        (await personalize("CreateSolution", { name: `${name}-solution`, datasetGroupArn: group, recipeArn: `arn:aws:personalize:::recipe/${recipe}` })).solutionArn);
    const onWork = event => {
        const work = event.detail.find(one => one.arn.startsWith(solution));
        if (work?.fraction !== undefined) tell("Training", "CREATE IN_PROGRESS", `${work.phase}, ${Math.round(work.fraction * 100)} %`);
    };
    live.addEventListener("work", onWork);
    let version;
    try {
        version = await step("Training", "solutionVersion", async () => (await personalize("CreateSolutionVersion", { solutionArn: solution })).solutionVersionArn);
    } finally { live.removeEventListener("work", onWork); }
    const campaign = await step("Campaign", "campaign", async () =>
        (await personalize("CreateCampaign", { name: `${name}-campaign`, solutionVersionArn: version })).campaignArn);
    await step("Event tracker", "eventTracker", async () => (await personalize("CreateEventTracker", { name: `${name}-tracker`, datasetGroupArn: group })).eventTrackerArn);
    const events = files.find(one => one.kind === "Interactions");
    const place = events.columns.findIndex(one => one.name === "USER_ID");
    return { group, campaign, user: rows(await events.file.slice(0, 4096).text())[1]?.[place] };
}
