// News of the server, as server-sent events: what it was asked, and that work goes on. Read by fetch, which can sign; an EventSource cannot.

import { admin } from "./api.js";

/** Sends `requests` (detail: the newest, oldest first), `work` (detail: what runs) and `state` (detail: whether the server answers). */
export const live = new EventTarget();

let running = null;
let pause = 500;

const emit = (type, detail) => live.dispatchEvent(new CustomEvent(type, { detail }));

async function follow(signal) {
    const answer = await admin("live", { signal, raw: true });
    if (!answer.ok) throw new Error(`live: ${answer.status}`);
    emit("state", true);
    pause = 500;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
            const event = /^event: (.*)$/m.exec(block)?.[1];
            const data = /^data: (.*)$/m.exec(block)?.[1];
            if (event && data) emit(event, JSON.parse(data));
        }
    }
}

/** Listens as long as the page is looked at, again and again when the server went away. */
export async function start() {
    if (running) return;
    running = new AbortController();
    const { signal } = running;
    while (!signal.aborted) {
        try { await follow(signal); } catch { /* Told below; what was lost is asked for by whoever shows it. */ }
        if (signal.aborted) return;
        emit("state", false);
        await new Promise(done => setTimeout(done, pause));
        pause = Math.min(pause * 2, 8000);
    }
}

export function stop() {
    running?.abort();
    running = null;
}

export function restart() {
    stop();
    start();
}

document.addEventListener("visibilitychange", () => document.hidden ? stop() : start());

/**
 * Calls `show` now, whenever clients have changed something, while work goes on, and while the element shows that something is on its way; not more
 * than about twice a second. Returns what ends it.
 */
export function following(element, show) {
    let ended = false, busy = false, again = false, timer = 0;
    async function run() {
        if (busy) { again = true; return; }
        busy = true;
        try { await show(); } finally {
            busy = false;
            if (again && !ended) { again = false; later(); } else if (element.querySelector(".status.busy")) later(1000);
        }
    }
    function later(pause = 400) {
        if (ended || timer) return;
        timer = setTimeout(() => { timer = 0; run(); }, pause);
    }
    const onWork = () => later();
    const onRequests = event => { if (event.detail.some(entry => entry.changes && entry.status < 400)) later(); };
    const onState = event => { if (event.detail) later(); };
    live.addEventListener("requests", onRequests);
    live.addEventListener("work", onWork);
    live.addEventListener("state", onState);
    run();
    return () => {
        ended = true;
        clearTimeout(timer);
        live.removeEventListener("requests", onRequests);
        live.removeEventListener("work", onWork);
        live.removeEventListener("state", onState);
    };
}
