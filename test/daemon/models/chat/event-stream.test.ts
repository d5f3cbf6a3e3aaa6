import { EventStream } from '../../../../daemon/models/chat/event-stream.js';

/** The events of a text that is cut into pieces of so many bytes. */
function eventsOf(text: string, pieceBytes: number): string[] {
  const stream = new EventStream();
  const bytes = Buffer.from(text, 'utf8');
  const events: string[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) events.push(...stream.push(bytes.subarray(at, at + pieceBytes)));
  return [...events, ...stream.end()];
}

const STREAMS: readonly (readonly [title: string, text: string, events: readonly string[]])[] = [
  ['line feeds', 'data: one\n\ndata: two\n\n', ['one', 'two']],
  ['carriage returns with line feeds', 'data: one\r\n\r\ndata: two\r\n\r\n', ['one', 'two']],
  ['carriage returns alone', 'data: one\r\rdata: two\r\r', ['one', 'two']],
  ['comments and other fields', ': ping\n\nevent: message\nid: 7\nretry: 3\ndata: one\n\n', ['one']],
  ['no space after the colon', 'data:one\n\n', ['one']],
  ['only the first space taken', 'data:  one\n\n', [' one']],
  ['several lines of data', 'data: one\ndata: two\n\n', ['one\ntwo']],
  ['several empty lines', '\n\n\ndata: one\n\n\n\n', ['one']],
  ['a byte order mark', '\uFEFFdata: one\n\n', ['one']],
  ['letters of several bytes', 'data: Größe ♭♯ 🎹\n\n', ['Größe ♭♯ 🎹']],
  ['an end without an empty line', 'data: one\n\ndata: two', ['one', 'two']],
  ['a field that is called error', 'error: {"code":500,"message":"no"}\n\n', ['{"error":{"code":500,"message":"no"}}']],
];

describe.each(STREAMS)('an event stream with %s', (_title, text, events) => {
  test.each([1, 2, 3, 7, 10_000])('gives the same events in pieces of %i bytes', (pieceBytes) => {
    expect(eventsOf(text, pieceBytes)).toEqual(events);
  });
});

test('a line without an end is not collected for ever', () => {
  const stream = new EventStream();
  const piece = Buffer.from('x'.repeat(1_000_000));
  expect(() => {
    for (let count = 0; count < 10; count += 1) stream.push(piece);
  }).toThrow(RangeError);
});

test('an event without an end is not collected for ever', () => {
  const stream = new EventStream();
  const piece = Buffer.from(`data: ${'x'.repeat(1_000_000)}\n`);
  expect(() => {
    for (let count = 0; count < 10; count += 1) stream.push(piece);
  }).toThrow(RangeError);
});
