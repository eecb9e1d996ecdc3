// What the server signs: batches for the edge, links to pictures, and what the edge signs for the server. The forms are those of
// crates/policy/src/sign.rs and links.rs, made here with another library, so that a mistake cannot hide on both sides.

import { createHmac, timingSafeEqual } from "node:crypto";

// As `throng-server edge-key` prints it.
export const KEY = Buffer.alloc(32, 7).toString("base64url");
export const OTHER_KEY = Buffer.alloc(32, 8).toString("base64url");

const DAY = 86_400;

export const seconds = () => Math.floor(Date.now() / 1000);

const mac = (key, text) => createHmac("sha256", key).update(text).digest();

// The signature of bytes that are sent at a second.
export function sign(key, at, bytes) {
  const signature = createHmac("sha256", Buffer.from(key, "base64url")).update(`${at}.`).update(bytes).digest("hex");
  return `t=${at},v1=${signature}`;
}

export function isSigned(key, signature, bytes) {
  const at = Number(/^t=(\d+),v1=/.exec(signature)?.[1]);
  const expected = Buffer.from(sign(key, at, bytes));
  const given = Buffer.from(signature);
  return Math.abs(at - seconds()) < 60 && expected.length === given.length && timingSafeEqual(expected, given);
}

// How a request stands: `check` and `status` are the very bytes of those answers.
export function told(kind, { check, status, done = false, goneAt = seconds() + DAY }) {
  return { kind, ...(check && { check }), ...(status && { status }), done, gone_at: goneAt };
}

// One change of a request; without `what`, that the edge had better forget it.
export const change = (request, sequence, what) => ({ request, sequence, ...(what && { told: what }) });

// Numbers of looks go beyond 2⁵³: those are given as BigInt. A batch has that of its newest change, if none is given.
export function batch(changes, work = [], number = undefined) {
  const sequence = number ?? changes.reduce((newest, one) => (one.sequence > newest ? one.sequence : newest), 0);
  const exact = (_, value) => (typeof value === "bigint" ? JSON.rawJSON(String(value)) : value);
  return JSON.stringify({ sequence, changes, work }, exact);
}

// Tells the edge of changes and of work, as the server does.
export function push(edge, changes, { work = [], sequence, key = KEY, at = seconds() } = {}) {
  const body = batch(changes, work, sequence);
  return edge.post("/edge/changes", body, { "throng-signature": sign(key, at, body) });
}

// The part of a link behind the picture's name.
export function link(method, name, { expires = seconds() + 1800, key = KEY } = {}) {
  const links = mac(Buffer.from(key, "base64url"), "picture-link");
  const signature = mac(links, `${method} ${name} ${expires}`).toString("base64url");
  return `expires=${expires}&signature=${signature}&v=https`;
}

// A request's id in its one spelling, another one each time.
let ids = 0;
export function newId() {
  ids += 1;
  return `0190b6f0-1c2d-7e3f-8a4b-${ids.toString(16).padStart(12, "0")}`;
}
