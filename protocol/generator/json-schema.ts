import { PROTOCOL_VERSIONS } from '../messages/index.js';
import type { JsonNode, Model } from './model.js';

/** protocol/generated/protocol.schema.json: every message and part of one, for tools and other languages. */
export function writeJsonSchema(model: Model): string {
  const messagesOf = (sender: string): { oneOf: { $ref: string }[] } => ({
    oneOf: model.structs.filter((struct) => struct.sender === sender).map((struct) => ({ $ref: `#/$defs/${struct.name}` })),
  });
  const definitions = Object.entries(model.definitions).map(([name, node]) => [name, withComments(model, name, node)]);
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:grym:protocol:${PROTOCOL_VERSIONS[0]}`,
    title: 'Messages of grym-synth',
    $comment: 'Generated from protocol/messages/*.ts.',
    oneOf: [{ $ref: '#/$defs/ClientMessage' }, { $ref: '#/$defs/DaemonMessage' }],
    $defs: {
      ClientMessage: messagesOf('client'),
      DaemonMessage: messagesOf('daemon'),
      ...(Object.fromEntries(definitions) as Record<string, JsonNode>),
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function withComments(model: Model, name: string, node: JsonNode): JsonNode {
  const source = model.comments.get(name);
  const described = source?.comment ? { description: source.comment, ...node } : { ...node };
  if (!node.properties) return described;
  const properties = Object.entries(node.properties).map(([field, value]) => {
    const comment = source?.fields.get(field);
    return [field, comment ? { description: comment, ...value } : value];
  });
  return { ...described, properties: Object.fromEntries(properties) as Record<string, JsonNode> };
}
