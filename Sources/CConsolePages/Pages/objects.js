// Buckets and what is in them.

import { s3 } from "./api.js";
import { fault, field, h, replace, table, tell } from "./dom.js";
import { current, keep, link } from "./route.js";
import { encode } from "./sign.js";

const pathOf = (bucket, key = "") => `/${bucket}${key ? "/" + key.split("/").map(encode).join("/") : ""}`;

const size = bytes => bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;

class Objects extends HTMLElement {
    connectedCallback() {
        [this.told, this.list, this.detail] = [h("div"), h("div"), h("div")];
        replace(this, this.told, this.list, this.detail);
        this.show();
    }

    async show() {
        const { params } = current();
        this.bucket = params.get("bucket") || "";
        this.folder = params.get("prefix") || "";
        try {
            if (this.bucket) await this.showObjects(params.get("after") || "");
            else await this.showBuckets();
            if (this.bucket && params.get("key")) await this.open(params.get("key"));
        } catch (error) { replace(this.told, fault(error)); }
    }

    async showBuckets() {
        const tree = await s3("GET", "/", { operation: "ListBuckets" });
        const buckets = tree.one("Buckets")?.all("Bucket") || [];
        const own = h("input", { required: true, minlength: "3", maxlength: "63" });
        replace(this.list, h("section", { "aria-label": "Buckets" },
            buckets.length ? table("Buckets", [["Bucket", one => h("a", { href: link("objects", { bucket: one.textOf("Name") }) }, one.textOf("Name"))],
                ["Made", one => one.textOf("CreationDate").replace("T", " ").slice(0, 19)]], buckets) : h("p", {}, "No bucket yet."),
            h("form", { class: "row", onsubmit: event => { event.preventDefault(); this.do(() => s3("PUT", pathOf(own.value), { operation: "CreateBucket" }), `${own.value} was made.`); } },
                field("Name", own), h("button", {}, "Create a bucket"))));
    }

    async showObjects(after) {
        const pairs = [["list-type", "2"], ["delimiter", "/"], ["prefix", this.folder], ["max-keys", "500"], ...(after ? [["continuation-token", after]] : [])];
        const tree = (await s3("GET", pathOf(this.bucket), { pairs, operation: "ListObjectsV2" })).one("ListBucketResult");
        const folders = tree.all("CommonPrefixes").map(one => ({ folder: one.textOf("Prefix") }));
        const objects = tree.all("Contents").map(one => ({ key: one.textOf("Key"), size: Number(one.textOf("Size")), at: one.textOf("LastModified") }));
        const next = tree.all("NextContinuationToken")[0]?.text;
        const file = h("input", { type: "file" });
        const up = this.folder.split("/").slice(0, -2).join("/");
        replace(this.list, h("section", { "aria-label": this.bucket }, h("h2", {}, h("a", { href: link("objects") }, "Buckets"), ` / ${this.bucket} / ${this.folder}`),
            this.folder ? h("p", {}, h("a", { href: link("objects", { bucket: this.bucket, prefix: up ? up + "/" : "" }) }, "One up")) : null,
            folders.length + objects.length ? table("Objects", [
                ["Key", one => one.folder ? h("a", { href: link("objects", { bucket: this.bucket, prefix: one.folder }) }, one.folder.slice(this.folder.length))
                    : h("a", { href: link("objects", { bucket: this.bucket, prefix: this.folder, key: one.key }) }, one.key.slice(this.folder.length))],
                ["Size", one => one.folder ? "" : size(one.size), "number"], ["Changed", one => (one.at || "").replace("T", " ").slice(0, 19), "tight"],
                ["", one => one.folder ? null : h("button", { type: "button", class: "small", "aria-label": `Delete ${one.key}`, onclick: () => confirm(`Delete ${one.key}?`)
                    && this.do(() => s3("DELETE", pathOf(this.bucket, one.key), { operation: "DeleteObject" }), `${one.key} is deleted.`) }, "Delete"), "tight"],
            ], [...folders, ...objects]) : h("p", {}, "Nothing here."),
            next ? h("p", {}, h("a", { href: link("objects", { bucket: this.bucket, prefix: this.folder, after: next }) }, "The next 500")) : null,
            h("form", { class: "row", onsubmit: event => {
                event.preventDefault();
                const chosen = file.files[0];
                if (chosen) this.do(() => s3("PUT", pathOf(this.bucket, this.folder + chosen.name), { body: chosen, operation: "PutObject" }), `${chosen.name} is there.`);
            } }, field("File", file), h("button", {}, "Upload"))));
    }

    /** The beginning of an object. */
    async open(key) {
        const answer = await s3("GET", pathOf(this.bucket, key), { raw: true, headers: { range: "bytes=0-65535" }, operation: "GetObject" })
            .catch(error => error.status === 416 ? null : Promise.reject(error));
        const bytes = answer ? new Uint8Array(await answer.arrayBuffer()) : new Uint8Array();
        const text = new TextDecoder().decode(bytes);
        const shown = ["content-type", "etag", "last-modified", "content-range", "x-amz-version-id"].map(one => [one, answer?.headers.get(one)]).filter(pair => pair[1]);
        replace(this.detail, h("section", { "aria-label": key }, h("h2", {}, key), h("p", { class: "soft" }, shown.map(pair => pair.join(": ")).join(", ")),
            /\u0000/.test(text) ? h("p", {}, `${bytes.length} bytes that are no text.`) : h("pre", {}, text)));
    }

    async do(work, words) {
        try {
            await work();
            replace(this.told);
            tell(words);
            keep({ bucket: this.bucket, prefix: this.folder });
            await this.show();
        } catch (error) { replace(this.told, fault(error)); }
    }
}

customElements.define("p-objects", Objects);
