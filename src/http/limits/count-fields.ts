// How many fields a text has with its fragments spread: what whoever walks a selection goes through, conditions aside.
import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Counts stop here, so that a fan-out of fragments stays a number. */
export const MOST = Number.MAX_SAFE_INTEGER / 1_000;

/** Linear in the text. Introspection counts as one field; cyclic fragments (refused by validation) as MOST. */
export function countFields(
  { selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  // A fragment that is spread many times is counted once; one that is under way has a count that no limit allows.
  const known = new Map<string, number>();
  const countSpread = (name: string): number => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    known.set(name, MOST);
    const fragment = fragments.get(name);
    const count = fragment ? countSet(fragment.selectionSet) : 0;
    known.set(name, count);
    return count;
  };
  const countSet = (set: SelectionSetNode | undefined): number => {
    let count = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) count += countSpread(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) count += countSet(selection.selectionSet);
      else count += 1 + (selection.name.value.startsWith('__') ? 0 : countSet(selection.selectionSet));
    }
    return Math.min(count, MOST);
  };
  return countSet(selectionSet);
}
