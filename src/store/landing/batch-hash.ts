// The hash of a sealed batch: SHA-256 over a line per document, in the order of kind, source, id. Both stores seal with it, and before
// bodies are let go bronze is held against it, so all spell it to the byte alike.

/** What one document adds to the hash of its batch; `contentHash` is the SHA-256 of its body in hex. */
export function hashLine(source: string, kind: string, id: string, contentHash: string): string {
  return `${source}\u0000${kind}\u0000${id}\u0000${contentHash}\n`;
}
