// The same schema with resolvers that say on whose behalf statements are made. Only requests that ask for it pay for it.
import { defaultFieldResolver, type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql';
import { resolveAs } from '../store/catalog/explain.ts';
import { builder } from './builder.ts';
import { addDirectives } from './schema.ts';

let explained: GraphQLSchema | undefined;

/** A second schema of equal types; each field resolves as itself (resolveAs). */
export function buildExplainedSchema(): GraphQLSchema {
  explained ??= wrapResolvers(addDirectives(builder.toSchema()));
  return explained;
}

function wrapResolvers(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context, info) =>
        resolveAs(pathOf(info), () => resolve(source, args, context, info));
    }
  }
  return schema;
}

function pathOf({ path }: GraphQLResolveInfo): string {
  const names: string[] = [];
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev)
    if (typeof at.key === 'string') names.unshift(at.key);
  return names.join('.');
}
