import { openBullMq } from './bullmq.js';
import { serveContender } from './contender.js';

await serveContender((folder) => openBullMq(folder, 'queue'));
