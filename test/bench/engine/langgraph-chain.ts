import { serveContender } from './contender.js';
import { openLangGraph } from './langgraph.js';

await serveContender((folder) => openLangGraph(folder, 'chain'));
