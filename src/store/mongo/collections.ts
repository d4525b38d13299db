// What migrations do to collections: make them, give them a validator and indexes, and take both away again.
import {
  type CreateIndexesOptions,
  type Db,
  type Document,
  type IndexSpecification,
  MongoServerError,
} from 'mongodb';

export interface IndexPlan {
  readonly name: string;
  readonly key: Record<string, 1 | -1>;
  readonly isUnique?: boolean;
  /** Documents without the field are not in the index, so a unique one binds only those that have it. */
  readonly isSparse?: boolean;
}

const NAMESPACE_EXISTS = 48;
const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;
const COMMAND_NOT_FOUND = 59;

/** Makes the collection if it is missing, and gives it the validator and the indexes. */
export async function ensureCollection(
  db: Db,
  name: string,
  { schema, indexes }: { schema: Document; indexes: readonly IndexPlan[] },
): Promise<void> {
  const validator = { $jsonSchema: { bsonType: 'object', ...schema } };
  try {
    await db.createCollection(name, { validator });
  } catch (error) {
    if (!hasCode(error, NAMESPACE_EXISTS)) throw error;
    await setValidator(db, name, validator);
  }
  await ensureIndexes(db, name, indexes);
}

export async function ensureIndexes(db: Db, name: string, indexes: readonly IndexPlan[]): Promise<void> {
  for (const { name: indexName, key, isUnique, isSparse } of indexes) {
    const options: CreateIndexesOptions = { name: indexName };
    if (isUnique) options.unique = true;
    if (isSparse) options.sparse = true;
    await db.collection(name).createIndex(key as IndexSpecification, options);
  }
}

/** Takes validator and indexes away; the documents stay. */
export async function stripCollection(db: Db, name: string, indexes: readonly IndexPlan[]): Promise<void> {
  await dropIndexes(db, name, indexes);
  await setValidator(db, name, {});
}

export async function dropIndexes(db: Db, name: string, indexes: readonly IndexPlan[]): Promise<void> {
  for (const { name: indexName } of indexes) {
    await db
      .collection(name)
      .dropIndex(indexName)
      .catch((error: unknown) => {
        if (!hasCode(error, INDEX_NOT_FOUND) && !hasCode(error, NAMESPACE_NOT_FOUND)) throw error;
      });
  }
}

async function setValidator(db: Db, name: string, validator: Document): Promise<void> {
  try {
    await db.command({ collMod: name, validator });
  } catch (error) {
    // Compatible servers without collMod keep no validators either.
    if (!hasCode(error, COMMAND_NOT_FOUND) && !hasCode(error, NAMESPACE_NOT_FOUND)) throw error;
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}
