// What this browser keeps of the person: the key for this tab only, the rest for longer.

const KEY = "personalite.key", THEME = "personalite.theme", REGION = "personalite.region";

function read(store, name) {
    try { return JSON.parse(store.getItem(name)); } catch { return null; }
}

export const settings = {
    /** `{id, secret, token}` of the signatures. */
    get key() { return read(sessionStorage, KEY) || { id: "test", secret: "test", token: "" }; },
    set key(key) { sessionStorage.setItem(KEY, JSON.stringify(key)); },
    get region() { return read(localStorage, REGION) || "us-east-1"; },
    set region(region) { localStorage.setItem(REGION, JSON.stringify(region)); },
    /** `light`, `dark`, or nothing for what the system says. */
    get theme() { return read(localStorage, THEME) || ""; },
    set theme(theme) {
        localStorage.setItem(THEME, JSON.stringify(theme));
        this.showTheme();
    },
    showTheme() {
        if (this.theme) document.documentElement.dataset.theme = this.theme;
        else delete document.documentElement.dataset.theme;
    },
};
