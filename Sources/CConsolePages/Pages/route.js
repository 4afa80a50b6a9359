// Where the page is: `#/REGION/SCREEN?parameters`, so that every view has an address that can be kept and sent.

import { settings } from "./settings.js";

export function current() {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const [region, screen] = path.split("/");
    return { region: region || settings.region, screen: screen || "overview", params: new URLSearchParams(query) };
}

/** The address of a screen; parameters without a value are left out. */
export function link(screen, params = {}, region = current().region) {
    const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "")).toString();
    return `#/${region}/${screen}${query ? "?" + query : ""}`;
}

export function go(screen, params, region) {
    location.hash = link(screen, params, region);
}

/** Puts parameters into the address of the view that is shown, without showing it anew. */
export function keep(params) {
    history.replaceState(null, "", link(current().screen, params));
}
