// What operations use of a schema, as text and as a fingerprint: when that changes, what was generated from it no longer holds.
import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type GraphQLNamedInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isScalarType,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** The fields, arguments, inputs, enums and possible types that the operations touch, one a line, sorted; no descriptions. */
export function listUsed(schema: GraphQLSchema, operations: DocumentNode): string[] {
  const lines = new Set<string>();
  const types = new TypeInfo(schema);
  const addInput = (type: GraphQLNamedInputType) => {
    const key = `input ${type.name}`;
    if (lines.has(key)) return;
    lines.add(key);
    if (isEnumType(type))
      addValues(
        type.name,
        type.getValues().map(({ name }) => name),
      );
    else if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) {
        lines.add(`${type.name}.${field.name}: ${field.type}`);
        addInput(getNamedType(field.type));
      }
  };
  const addValues = (name: string, values: readonly string[]) => lines.add(`${name} = ${values.join(' | ')}`);
  visit(
    operations,
    visitWithTypeInfo(types, {
      Field: () => {
        const [parent, field] = [types.getParentType(), types.getFieldDef()];
        if (!parent || !field) return;
        lines.add(`${parent.name}.${field.name}: ${field.type}`);
        const type = getNamedType(field.type);
        if (isEnumType(type))
          addValues(
            type.name,
            type.getValues().map((value) => value.name),
          );
        else if (!isScalarType(type) && !isInputObjectType(type) && 'getTypes' in type)
          addValues(
            type.name,
            type.getTypes().map((member) => member.name),
          );
      },
      Argument: () => {
        const argument = types.getArgument();
        if (argument) lines.add(`(${argument.name}: ${argument.type})`);
      },
      InlineFragment: () => {
        const type = types.getType();
        // Which types an interface stands for is part of what an answer may be.
        if (type && 'getInterfaces' in type) lines.add(`${type} on ${types.getParentType()}`);
      },
      VariableDefinition: () => {
        const type = types.getInputType();
        if (type) addInput(getNamedType(type));
      },
    }),
  );
  return [...lines].sort();
}

/** Changes when the operations do, or what they use of the schema. */
export function fingerprint(schema: GraphQLSchema, operations: DocumentNode): string {
  const text = [print(operations), ...listUsed(schema, operations)].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
