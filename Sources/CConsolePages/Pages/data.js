// Data set groups: what their data sets are made of and hold, imports and the rows that they refused; and a new one from CSV files, to the campaign in one go.

import { admin, every, personalize, shownGroups } from "./api.js";
import { begin, importInto } from "./begin.js";
import { guess, missing } from "./csv.js";
import { number } from "./charts.js";
import { distribution } from "./distribution.js";
import { add, fault, field, h, name, replace, select, status, table, tell, time } from "./dom.js";
import { following } from "./live.js";
import { go, link } from "./route.js";

const RECIPES = ["aws-user-personalization", "aws-user-personalization-v2", "aws-personalized-ranking", "aws-sims", "aws-similar-items", "aws-popularity-count",
    "aws-trending-now"];

class Data extends HTMLElement {
    /** By ARN: what stays as it is when the rest is shown anew. */
    kept = new Map();

    connectedCallback() {
        this.lists = h("div");
        this.form = h("section", { "aria-label": "New data set group" });
        replace(this, this.lists, this.form);
        this.offerNew();
        this.end = following(this, () => this.show());
    }

    disconnectedCallback() { this.end(); }

    async show() {
        try {
            const { groups, isOne } = await shownGroups();
            this.isFew = groups.length === 1;
            this.shown = new Set();
            const parts = await Promise.all(groups.map(group => this.group(group)));
            if (!this.isConnected) return;
            for (const key of this.kept.keys()) if (!this.shown.has(key)) this.kept.delete(key);
            replace(this.lists, isOne && h("p", {}, h("a", { href: link("data") }, "All data set groups")), parts);
            for (const one of this.kept.values()) one.distribution.show();
        } catch (error) {
            if (this.isConnected) replace(this.lists, fault(error));
        }
    }

    async group(group) {
        const datasets = await every("ListDatasets", { datasetGroupArn: group.datasetGroupArn }, "datasets");
        const parts = await Promise.all(datasets.map(async one => {
            const [{ dataset }, jobs] = await Promise.all([
                personalize("DescribeDataset", { datasetArn: one.datasetArn }), every("ListDatasetImportJobs", { datasetArn: one.datasetArn }, "datasetImportJobs")]);
            const { schema } = await personalize("DescribeSchema", { schemaArn: dataset.schemaArn });
            const rejected = new Map(await Promise.all(jobs.filter(job => !/PENDING|IN_PROGRESS/.test(job.status)).map(async job => [job.datasetImportJobArn, await this.rejected(job)])));
            return this.dataset(dataset, JSON.parse(schema.schema), jobs, rejected);
        }));
        return h("section", { "aria-label": name(group.datasetGroupArn) }, h("h2", {}, name(group.datasetGroupArn), " ", status(group.status)),
            group.failureReason && h("p", { class: "fault" }, group.failureReason), parts.length ? parts : h("p", { class: "soft" }, "No data set yet."),
            h("p", { class: "buttons" }, h("a", { href: link("training", { group: group.datasetGroupArn }) }, "Training"),
                h("a", { href: link("try", { group: group.datasetGroupArn }) }, "Try it")));
    }

    /** The rows that an import refused; what a finished job says does not change. */
    async rejected(job) {
        this.known ||= new Map();
        const key = `${job.datasetImportJobArn} ${job.lastUpdatedDateTime}`;
        if (!this.known.has(key)) this.known.set(key, await admin("rejected", { pairs: [["datasetImportJobArn", job.datasetImportJobArn]] }));
        return this.known.get(key);
    }

    dataset(dataset, schema, jobs, rejected) {
        const kinds = one => [one.categorical && "categorical", one.textual && "textual", one.itemName && "itemName"].filter(Boolean).join(", ");
        // A data set that was made anew under its name is another.
        const key = `${dataset.datasetArn} ${dataset.creationDateTime} ${dataset.schemaArn}`;
        this.shown.add(key);
        if (!this.kept.has(key)) this.kept.set(key, { distribution: distribution(dataset.datasetArn, this.isFew), form: this.more(dataset, schema) });
        const kept = this.kept.get(key);
        return h("div", { class: "dataset" }, h("h3", {}, dataset.datasetType.toLowerCase(), " ", status(dataset.status)),
            kept.distribution.place,
            h("details", {}, h("summary", { "data-focus": dataset.datasetArn }, `Schema ${schema.name}, ${schema.fields.length} columns`),
                table("Schema", [["Column", one => h("code", {}, one.name)], ["Type", one => [].concat(one.type).join(" or ")], ["Kind", kinds]], schema.fields)),
            jobs.length ? table("Import jobs", [["Job", one => one.jobName], ["Status", one => status(one.status), "tight"], ["Mode", one => one.importMode || "FULL", "tight"],
                ["Updated", one => time(one.lastUpdatedDateTime), "tight"], ["Reason", one => one.failureReason || ""]], jobs) : h("p", { class: "soft" }, "Nothing imported."),
            jobs.map(job => this.refused(job, rejected.get(job.datasetImportJobArn))), kept.form);
    }

    refused(job, found) {
        if (!found?.rows.length) return null;
        const file = found.rows.every(one => one.file === found.rows[0].file) ? found.rows[0].file : null;
        const words = [found.leftOut && `${number(found.leftOut)} left out`, found.mended && `${number(found.mended)} kept with an empty value`].filter(Boolean).join(", ");
        return h("details", { open: /FAILED/.test(job.status) }, h("summary", { "data-focus": `rejected ${job.jobName}` }, `Rows of ${job.jobName} that do not fit: ${words}`),
            file && h("p", { class: "soft" }, "Of ", h("code", {}, file)),
            table(`Rejected rows of ${job.jobName}`, [["Line", one => number(one.line), "number"], file ? null : ["File", one => h("code", {}, one.file)], ["Reason", one => one.reason]].filter(Boolean), found.rows),
            found.leftOut + found.mended > found.rows.length ? h("p", { class: "soft" }, `The first ${found.rows.length} of them.`) : null);
    }

    /** A further file for a data set that is there. */
    more(dataset, schema) {
        const focus = what => ({ "data-focus": `${what} ${dataset.datasetArn}` });
        const file = h("input", { type: "file", accept: ".csv,text/csv", required: true, ...focus("file") });
        const mode = select([["INCREMENTAL", "Add to what is there"], ["FULL", "Take the place of it"]], "INCREMENTAL", focus("mode"));
        const told = h("div", { "aria-live": "polite" });
        return h("details", {}, h("summary", { "data-focus": `import ${dataset.datasetArn}` }, "Import a file"), h("form", { class: "row", onsubmit: async event => {
            event.preventDefault();
            try {
                const found = guess(await file.files[0].slice(0, 1 << 18).text());
                const absent = schema.fields.map(one => one.name).filter(column => !found.columns.some(one => one.name === column || one.heading === column));
                if (absent.length) return replace(told, h("p", { class: "fault", role: "alert" }, `The file has no column ${absent.join(", ")}.`));
                const columns = found.columns.map(one => ({ ...one, name: schema.fields.some(known => known.name === one.heading) ? one.heading : one.name }));
                replace(told, h("p", {}, "Uploading."));
                // Where nothing is yet there is nothing to add to, and the service says so.
                const before = await every("ListDatasetImportJobs", { datasetArn: dataset.datasetArn }, "datasetImportJobs");
                await importInto(dataset, { file: file.files[0], columns }, before.some(job => job.status === "ACTIVE") ? mode.value : "FULL");
                replace(told, h("p", {}, "The import begins."));
                this.show();
            } catch (error) { replace(told, fault(error)); }
        } }, field("CSV file", file), field("Rows", mode), h("button", focus("go"), "Import")), told);
    }

    // MARK: A new group

    offerNew() {
        const files = h("input", { type: "file", multiple: true, accept: ".csv,text/csv", onchange: event => this.read([...event.target.files]) });
        this.plan = h("div");
        replace(this.form, h("h2", {}, "A new data set group from CSV files"),
            field("CSV files", files, "Interactions (who did what, when), and if you have them items and users. Columns and types are guessed, and yours to correct."), this.plan);
    }
    async read(files) {
        try {
            this.files = await Promise.all(files.map(async file => ({ file, ...guess(await file.slice(0, 1 << 18).text()) })));
        } catch (error) {
            return replace(this.plan, fault(error));
        }
        const base = (files[0]?.name || "data").replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_-]/g, "-").toLowerCase();
        this.name = h("input", { value: base, required: true, pattern: "[a-zA-Z0-9][a-zA-Z0-9\\-_]*", maxlength: "40" });
        this.recipe = select(RECIPES, RECIPES[0]);
        this.steps = h("ol", { class: "steps", "aria-live": "polite" });
        replace(this.plan, h("form", { onsubmit: event => { event.preventDefault(); this.begin(event.target); } },
            this.files.map(one => this.fileForm(one)),
            h("div", { class: "row" }, field("Name of the group", this.name), field("Recipe", this.recipe), h("button", { class: "main" }, "Import, train and deploy"))), this.steps);
    }

    fileForm(one) {
        const flag = (column, key, label) => h("input", { type: "checkbox", checked: column[key], "aria-label": `${label}: ${column.heading}`, onchange: event => { column[key] = event.target.checked; } });
        return h("fieldset", { class: "card" }, h("legend", {}, one.file.name),
            field("Data set", select(["Interactions", "Items", "Users"], one.kind, { onchange: event => { one.kind = event.target.value; } })),
            table(`Columns of ${one.file.name}`, [
                ["In the file", column => h("code", {}, column.heading)],
                ["Column", column => h("input", { value: column.name, "aria-label": `Name: ${column.heading}`, spellcheck: "false", oninput: event => { column.name = event.target.value.trim(); } })],
                ["Type", column => select(["string", "int", "long", "float", "double", "boolean"], column.type, { "aria-label": `Type: ${column.heading}`, onchange: event => { column.type = event.target.value; } })],
                ["May be empty", column => flag(column, "nullable", "May be empty")], ["Categorical", column => flag(column, "categorical", "Categorical")],
                ["Textual", column => flag(column, "textual", "Textual")],
                ["For example", column => one.sample.map(row => row[one.columns.indexOf(column)]).slice(0, 3).join(", ")],
            ], one.columns));
    }

    async begin(form) {
        const absent = this.files.flatMap(one => missing(one.kind, one.columns).map(column => `${one.file.name} has no column ${column}, which the data set ${one.kind} needs.`));
        if (!this.files.some(one => one.kind === "Interactions")) absent.unshift("One of the files must be the interactions.");
        if (absent.length) return replace(this.steps, absent.map(text => h("li", { class: "fault", role: "alert" }, text)));
        for (const control of form.querySelectorAll("button, input, select")) control.disabled = true;
        const lines = new Map();
        replace(this.steps);
        try {
            const made = await begin(this.name.value, this.recipe.value, this.files, (step, state, more = "") => {
                if (!lines.has(step)) {
                    lines.set(step, h("span"));
                    add(this.steps, h("li", {}, h("span", {}, step), lines.get(step)));
                }
                replace(lines.get(step), status(state), " ", h("span", { class: "soft" }, more));
            });
            tell("It serves.");
            go("try", { group: made.group, deployment: made.campaign, user: made.user });
        } catch (error) {
            add(this.steps, h("li", {}, fault(error)));
            for (const control of form.querySelectorAll("button, input, select")) control.disabled = false;
        }
    }
}

customElements.define("p-data", Data);
