export { createChatServer } from './create-chat-server.js';
export type { ChatMessage, ChatOptions, ChatPart, ChatReply, ChatRequest, ChatServer, ChatServerSettings } from './chat-server.js';
export { findJsonObject } from './find-json.js';
export { readKeyFile } from './read-key-file.js';
