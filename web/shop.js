// Whose page shows the mirror: our own, or in a frame a shop's, whose key stands in the frame's address.

const named = new URLSearchParams(location.search);
const PATH = "/embed/v1/";

/** Whether this is the page that shops show. */
export const embedded = location.pathname === PATH;

/** The shop's publishable key; empty on our own pages. */
export const shopKey = embedded ? (named.get("key") ?? "") : "";

/** Whether another page frames this one. */
export const framed = embedded && parent !== window;

/** The address of this mirror on a page of its own, with this to begin with; a shop's stays the shop's. */
export function mirrorAddress(begin) {
  const query = new URLSearchParams([...(embedded ? [["key", shopKey]] : []), ...(Array.isArray(begin) ? begin : Object.entries(begin))]);
  return new URL(`${embedded ? PATH : "/"}?${query}`, location.href).href;
}

/** By what the shop calls a piece. */
export const skuOf = (piece) => piece.offer?.sku ?? piece.id;

/** Whether a page that says `sku` means this piece. */
export const isSku = (piece, sku) => piece.id === sku || piece.offer?.sku === sku;
