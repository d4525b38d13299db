// The port of the access store: API keys, and the audit log of what was changed with which.
// All times are milliseconds since 1970 and are handed in.

/** What a caller may do; each includes the ones before it. */
export const SCOPES = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export function includesScope(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}

export interface ApiKey {
  /** 12 hexadecimal digits; part of the key's text, and no secret. */
  readonly id: string;
  /** What it is for, in the words of whoever made it. */
  readonly name: string;
  readonly scope: Scope;
  /** The account whose listening it may see; null: nobody's but the invented listener's. */
  readonly accountId: string | null;
  /** SHA-256 of the whole key, lower-case hexadecimal; the key itself is nowhere. */
  readonly hash: string;
  readonly createdAt: number;
  /** Who made it, as in the audit log. */
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** To the minute; null before the first use. */
  readonly lastUsedAt: number | null;
}

/** One change that somebody asked for. */
export interface AuditEntry {
  /** Grows by one per entry. */
  readonly sequence: number;
  readonly at: number;
  /** key:ID NAME, jwt:SUBJECT, GROOVELAKE_API_KEY, loopback, or command line. */
  readonly actor: string;
  readonly scope: Scope;
  /** The mutation's name. */
  readonly action: string;
  /** Its arguments, without secrets. */
  readonly input: unknown;
  /** The type it was answered with, or the code of the error that was thrown; null while under way, or when the process died in it. */
  readonly outcome: string | null;
  /** The run it started, stopped or repeated. */
  readonly runId: string | null;
}

export type NewAuditEntry = Omit<AuditEntry, 'sequence' | 'outcome' | 'runId'>;

export interface AuditFilter {
  readonly actions?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly runId?: string | undefined;
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

/** The name of a key whose account was forgotten. */
export const FORGOTTEN = 'forgotten';

export interface AccessStore {
  saveKey(key: ApiKey): Promise<void>;
  findKey(id: string): Promise<ApiKey | null>;
  /** Newest first, revoked ones too. */
  listKeys(): Promise<ApiKey[]>;
  /** Whether there is any key, be it revoked or expired: then nobody comes in without one that works. */
  hasKeys(): Promise<boolean>;
  /** The key as revoked; one that was revoked before keeps its time. Null: there is none of that id. */
  revokeKey(id: string, at: number): Promise<ApiKey | null>;
  touchKey(id: string, at: number): Promise<void>;
  /** Removes every key, working or not: there is none afterwards. */
  removeKeys(): Promise<void>;
  /**
   * Forgets an account: revokes its keys and takes their names away, here and from the audit log (key:ID stays), and the arguments of
   * entries about these runs or the account, but for those of forgetting it. What was there is in no file of the store after emptyLog.
   * Answers with how many keys the account had.
   */
  forgetAccount(forget: { accountId: string; runIds: readonly string[]; at: number }): Promise<number>;

  /** Writes down what is about to be done, and answers with its sequence. */
  beginAudit(entry: NewAuditEntry): Promise<number>;
  endAudit(sequence: number, end: { outcome: string; runId: string | null }): Promise<void>;
  /** Newest first; `beforeSequence` is that of the last entry of the page before. */
  listAudit(page: {
    first: number;
    beforeSequence?: number | undefined;
    filter?: AuditFilter;
  }): Promise<AuditEntry[]>;
  countAudit(filter?: AuditFilter): Promise<number>;

  /**
   * Empties the log of the store's file, in which what was removed or replaced still stands.
   *
   * @throws GroovelakeError (INTERNAL) while another process reads on for 10 s
   */
  emptyLog(): Promise<void>;
  close(): Promise<void>;
}
