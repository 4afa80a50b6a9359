// Streams: shards as ranges of hashes through splits and merges, and what is in them.

import { admin, all, call } from "./api.js";
import { number } from "./charts.js";
import { fault, field, h, replace, s, select, status, table, tell, time } from "./dom.js";
import { following } from "./live.js";
import { current, keep } from "./route.js";

const WHOLE = 2n ** 128n;
const kinesis = (operation, input) => call("kinesis", operation, input);
const place = hash => Number(BigInt(hash) * 1000000n / WHOLE) / 1000000;
const bytes = text => Uint8Array.from(atob(text), mark => mark.charCodeAt(0));
const base64 = data => btoa(Array.from(data, byte => String.fromCharCode(byte)).join(""));

/** Which row of the picture a shard is in: below its parents. */
function depths(shards) {
    const known = new Map(shards.map(shard => [shard.ShardId, shard]));
    const depth = new Map();
    const of = shard => {
        if (!depth.has(shard.ShardId)) {
            const parents = [shard.ParentShardId, shard.AdjacentParentShardId].map(id => known.get(id)).filter(Boolean);
            depth.set(shard.ShardId, parents.length ? 1 + Math.max(...parents.map(of)) : 0);
        }
        return depth.get(shard.ShardId);
    };
    shards.forEach(of);
    return depth;
}

/** Bytes as text, as JSON, or as sixteen hexadecimal pairs a line. */
function shown(data, form) {
    if (form === "hex") {
        return Array.from({ length: Math.ceil(data.length / 16) || 1 }, (_, line) => {
            const part = data.slice(line * 16, line * 16 + 16);
            return `${(line * 16).toString(16).padStart(6, "0")}  ${Array.from(part, byte => byte.toString(16).padStart(2, "0")).join(" ").padEnd(48)} ${Array.from(part, byte => byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".").join("")}`;
        }).join("\n");
    }
    const text = new TextDecoder().decode(data);
    if (form === "json") { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } }
    return text;
}

class Streams extends HTMLElement {
    connectedCallback() {
        const { params } = current();
        this.stream = params.get("stream") || "";
        this.shard = params.get("shard") || "";
        this.form = params.get("form") || "json";
        [this.head, this.body, this.readers, this.records, this.told] = [h("div"), h("div"), h("div"), h("div"), h("div")];
        replace(this, this.told, this.head, this.body, this.readers, this.records);
        this.end = following(this, () => this.show());
        // Reads change nothing, so nobody tells of them.
        this.timer = setInterval(() => { if (!document.hidden) this.showReaders(); }, 2000);
    }

    disconnectedCallback() {
        this.end();
        clearInterval(this.timer);
    }

    async show() {
        try {
            const names = await all("kinesis", "ListStreams", {}, "StreamNames");
            if (!names.includes(this.stream)) this.stream = names[0] || "";
            if (!this.isConnected) return;
            const own = h("input", { required: true, pattern: "[a-zA-Z0-9_.\\-]+", maxlength: "128", "data-focus": "name" });
            const count = h("input", { type: "number", min: "1", max: "100", value: "1", "data-focus": "count" });
            if (!this.head.contains(document.activeElement)) replace(this.head, h("section", { "aria-label": "Streams" }, h("div", { class: "row" },
                names.length ? field("Stream", select(names, this.stream, { "data-focus": "stream", onchange: event => { this.stream = event.target.value; this.shard = ""; replace(this.records); this.show(); } })) : h("p", {}, "No stream yet."),
                h("form", { class: "row", onsubmit: event => { event.preventDefault(); this.do("CreateStream", { StreamName: own.value, ShardCount: Number(count.value) }, () => { this.stream = own.value; }); } },
                    field("Name", own), field("Shards", count), h("button", {}, "Create a stream")))));
            if (!this.stream) {
                this.arn = "";
                replace(this.body);
                return replace(this.readers);
            }
            const [{ StreamDescriptionSummary: stream }, shards, consumers] = await Promise.all([
                kinesis("DescribeStreamSummary", { StreamName: this.stream }), this.shards(), this.consumers()]);
            if (!shards.some(one => one.ShardId === this.shard)) this.shard = shards.find(one => !one.SequenceNumberRange.EndingSequenceNumber)?.ShardId || "";
            keep({ stream: this.stream, shard: this.shard, form: this.form });
            replace(this.body, h("section", { "aria-label": this.stream }, h("h2", {}, this.stream, " ", status(stream.StreamStatus)),
                h("p", { class: "soft" }, `${stream.OpenShardCount} open shards, ${stream.RetentionPeriodHours} hours kept, ${stream.StreamModeDetails?.StreamMode || "PROVISIONED"}, ${consumers.length} registered consumers`),
                this.picture(shards), this.actions(shards, stream.StreamStatus !== "ACTIVE"),
                consumers.length ? table("Consumers", [["Consumer", one => one.ConsumerName], ["Status", one => status(one.ConsumerStatus)], ["Registered", one => time(one.ConsumerCreationTimestamp)]], consumers) : null));
            this.arn = stream.StreamARN;
            this.showReaders();
            if (!this.records.childElementCount) this.read();
        } catch (error) {
            if (this.isConnected) replace(this.body, h("section", {}, fault(error)));
        }
    }

    /** How far behind the newest record those are who read the stream. */
    async showReaders() {
        const { arn } = this;
        if (!arn || this.isLooking) return;
        this.isLooking = true;
        try {
            const { iterators, subscriptions, now } = await admin("readers", { pairs: [["streamArn", arn]] });
            // By the server's clock, which may be another than the machine's.
            const ago = at => `${Math.max(0, Math.round(now - at))} s ago`;
            const behind = one => [h("meter", { class: "lag", min: "0", max: "60000", low: "1000", high: "30000", optimum: "0", value: Math.min(60000, one.millisBehindLatest), "aria-hidden": "true" }), ` ${number(one.millisBehindLatest)} ms`];
            if (!this.isConnected || arn !== this.arn) return;
            replace(this.readers, h("section", { "aria-label": "Readers" }, h("h2", {}, "Readers, and how far behind they are"),
                iterators.length ? table("Iterators", [["Shard", one => one.shardId], ["Behind", behind], ["Last GetRecords", one => ago(one.at), "tight"], ["Its records", one => number(one.records), "number"], ["Reads so far", one => number(one.answers), "number"]], iterators)
                    : h("p", { class: "soft" }, "No iterator has been used since the start."),
                subscriptions.length ? table("Subscriptions", [["Consumer", one => one.consumer], ["Shard", one => one.shardId], ["Behind", behind], ["Last looked", one => ago(one.at), "tight"], ["Since", one => time(one.since), "tight"]], subscriptions)
                    : h("p", { class: "soft" }, "Nobody is subscribed.")));
        } catch (error) {
            if (this.isConnected && arn === this.arn) replace(this.readers, h("section", {}, fault(error)));
        } finally { this.isLooking = false; }
    }

    async shards() {
        const found = [];
        for (let input = { StreamName: this.stream }; ;) {
            const page = await kinesis("ListShards", input);
            found.push(...page.Shards);
            if (!page.NextToken) return found;
            input = { NextToken: page.NextToken };
        }
    }

    async consumers() {
        const { StreamDescriptionSummary: { StreamARN } } = await kinesis("DescribeStreamSummary", { StreamName: this.stream });
        return (await kinesis("ListStreamConsumers", { StreamARN })).Consumers;
    }

    picture(shards) {
        const depth = depths(shards), rows = Math.max(0, ...depth.values()) + 1;
        const width = 1000, height = 34;
        return h("div", {}, s("svg", { class: "bars", viewBox: `0 0 ${width} ${rows * height}`, role: "img", "aria-label": `${shards.length} shards by their ranges of hashes; each row is made of the one above it` },
            shards.map(shard => {
                const [from, to] = [place(shard.HashKeyRange.StartingHashKey) * width, place(shard.HashKeyRange.EndingHashKey) * width];
                const y = depth.get(shard.ShardId) * height;
                const isClosed = Boolean(shard.SequenceNumberRange.EndingSequenceNumber);
                return [s("rect", { class: `range${isClosed ? " closed" : ""}`, x: from, y, width: Math.max(2, to - from), height: height - 4, onclick: () => this.choose(shard.ShardId) },
                    s("title", {}, `${shard.ShardId}${isClosed ? ", closed" : ""}`)),
                to - from > 60 ? s("text", { x: from + 6, y: y + 19, "pointer-events": "none", class: isClosed ? "" : "on" }, String(Number(shard.ShardId.slice(8)))) : null];
            })), h("p", { class: "soft" }, "Left to right is the hash from 0 to 2¹²⁸; a split or merge begins a row. Closed shards are grey."));
    }

    /** A stream that is being changed takes no other change. */
    actions(shards, disabled) {
        const chosen = shards.find(one => one.ShardId === this.shard);
        const isOpen = chosen && !chosen.SequenceNumberRange.EndingSequenceNumber;
        const next = isOpen && shards.find(one => !one.SequenceNumberRange.EndingSequenceNumber
            && BigInt(one.HashKeyRange.StartingHashKey) === BigInt(chosen.HashKeyRange.EndingHashKey) + 1n);
        const middle = isOpen && ((BigInt(chosen.HashKeyRange.StartingHashKey) + BigInt(chosen.HashKeyRange.EndingHashKey)) / 2n + 1n).toString();
        return h("div", { class: "row" }, field("Shard", select(shards.map(one => [one.ShardId, one.ShardId + (one.SequenceNumberRange.EndingSequenceNumber ? " (closed)" : "")]), this.shard,
            { "data-focus": "shard", onchange: event => this.choose(event.target.value) })),
        isOpen ? h("button", { type: "button", disabled, "data-focus": "split", onclick: () => this.do("SplitShard", { StreamName: this.stream, ShardToSplit: this.shard, NewStartingHashKey: middle }) }, "Split in the middle") : null,
        next ? h("button", { type: "button", disabled, "data-focus": "merge", onclick: () => this.do("MergeShards", { StreamName: this.stream, ShardToMerge: this.shard, AdjacentShardToMerge: next.ShardId }) }, "Merge with the next") : null);
    }

    choose(shard) {
        this.shard = shard;
        this.show();
        this.read();
    }

    /** The oldest records of the chosen shard, or those since a time. */
    async read(since) {
        try {
            const start = since ? { ShardIteratorType: "AT_TIMESTAMP", Timestamp: since } : { ShardIteratorType: "TRIM_HORIZON" };
            let iterator = (await kinesis("GetShardIterator", { StreamName: this.stream, ShardId: this.shard, ...start })).ShardIterator;
            const found = [];
            let behind = 0;
            for (let looks = 0; iterator && looks < 4 && found.length < 100; looks++) {
                const answer = await kinesis("GetRecords", { ShardIterator: iterator, Limit: 100 });
                found.push(...answer.Records);
                [iterator, behind] = [answer.NextShardIterator, answer.MillisBehindLatest];
                if (behind === 0) break;
            }
            this.showRecords(found.slice(0, 100), behind, since);
        } catch (error) {
            replace(this.records, h("section", {}, fault(error)));
        }
    }

    showRecords(found, behind, since) {
        const key = h("input", { value: "key-1", required: true }), data = h("textarea", { rows: "2", value: '{"hello": "world"}' });
        const when = h("input", { type: "datetime-local", step: "1", value: since ? new Date(since * 1000).toISOString().slice(0, 19) : "" });
        replace(this.records, h("section", { "aria-label": "Put a record" }, h("h2", {}, "Put a record"), h("form", { onsubmit: event => {
            event.preventDefault();
            this.do("PutRecord", { StreamName: this.stream, PartitionKey: key.value, Data: base64(new TextEncoder().encode(data.value)) }, answer => {
                tell(`In ${answer.ShardId} as ${answer.SequenceNumber}.`);
                this.shard = answer.ShardId;
                this.read(since);
            });
        } }, field("Partition key", key), field("Data", data), h("button", {}, "Put"))),
        h("section", { "aria-label": "Records" }, h("h2", {}, `Records of ${this.shard}`),
            h("div", { class: "row" }, field("As", select([["json", "JSON"], ["text", "Text"], ["hex", "Hexadecimal"]], this.form, { onchange: event => {
                this.form = event.target.value;
                keep({ stream: this.stream, shard: this.shard, form: this.form });
                this.showRecords(found, behind, since);
            } })), field("From, in UTC", when), h("button", { type: "button", onclick: () => this.read(when.value ? Date.parse(when.value + "Z") / 1000 : undefined) }, "Read"),
            h("span", { class: "soft" }, `${found.length} records, ${behind} ms behind the newest`)),
            found.length ? table("Records", [["Arrived", one => time(one.ApproximateArrivalTimestamp), "tight"], ["Partition key", one => h("code", {}, one.PartitionKey)],
                ["Data", one => h("pre", {}, shown(bytes(one.Data), this.form))], ["Sequence number", one => h("code", {}, one.SequenceNumber)]], found) : h("p", { class: "soft" }, "No records.")));
    }

    async do(operation, input, then) {
        try {
            const answer = await kinesis(operation, input);
            replace(this.told);
            if (then) then(answer);
            else tell(`${operation} was accepted.`);
            this.show();
        } catch (error) { replace(this.told, fault(error)); }
    }
}

customElements.define("p-streams", Streams);
