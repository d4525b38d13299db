// Lists what there is to copy.
import { join } from 'node:path';
import { type Files, TEMPORARY } from '../snapshots/files.ts';

/** All files below a folder that are whole and no databases, as paths relative to the data folder. */
export async function listFiles(files: Files, dataDir: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await files.list(join(dataDir, folder))) {
    const path = `${folder}/${name}`;
    const found = await files.find(join(dataDir, path));
    if (found?.isFolder) paths.push(...(await listFiles(files, dataDir, path)));
    else if (!name.endsWith(TEMPORARY) && !/\.sqlite(-wal|-shm|-journal)?$/.test(name)) paths.push(path);
  }
  return paths;
}
