// Scores files through a Loupe server with nothing but the .proto files: node score.mjs HOST:PORT PROTO_DIR FILE...
// Prints one JSON object a line: what unary Score, ScoreStream and Upload answered, the model list, and an expected refusal.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const [target, protoDir, ...files] = process.argv.slice(2);
const definition = loader.loadSync(['loupe/v1/scoring_service.proto', 'loupe/v1/model_service.proto'], {
  includeDirs: [protoDir],
  keepCase: true,
  enums: String,
  longs: Number,
  defaults: true,
  oneofs: true,
});
const { loupe } = grpc.loadPackageDefinition(definition);
const scoring = new loupe.v1.ScoringService(target, grpc.credentials.createInsecure());
const models = new loupe.v1.ModelService(target, grpc.credentials.createInsecure());

const print = (record) => console.log(JSON.stringify(record));
const answer = (media) => ({
  mediaType: media.media_type,
  model: `${media.model.name}/${media.model.version}`,
  sha256: media.sha256,
  mos: Object.fromEntries(media.scores.map((score) => [score.task, score.mos])),
});
const unary = (client, method, request) =>
  new Promise((resolve, reject) => client[method](request, (error, response) => (error ? reject(error) : resolve(response))));

const list = await unary(models, 'ListModels', {});
print({ call: 'ListModels', models: list.models.map((model) => model.ref.name) });

for (const file of files) {
  const response = await unary(scoring, 'Score', { content: readFileSync(file), request_id: basename(file) });
  print({ call: 'Score', file: basename(response.request_id), ...answer(response.media) });
}

await new Promise((resolve, reject) => {
  const stream = scoring.ScoreStream();
  stream.on('data', (response) => print({ call: 'ScoreStream', file: response.id, ...answer(response.media) }));
  stream.on('error', reject);
  stream.on('end', resolve);
  for (const file of files) stream.write({ id: basename(file), content: readFileSync(file) });
  stream.end();
});

for (const file of files) {
  const response = await new Promise((resolve, reject) => {
    const upload = scoring.Upload((error, reply) => (error ? reject(error) : resolve(reply)));
    const bytes = readFileSync(file);
    upload.write({ header: { request_id: basename(file), size_bytes: bytes.length } });
    for (let at = 0; at < bytes.length; at += 65536) upload.write({ chunk: bytes.subarray(at, at + 65536) });
    upload.end();
  });
  print({ call: 'Upload', file: response.request_id, ...answer(response.media) });
}

try {
  await unary(scoring, 'Score', { content: Buffer.from('this is no picture') });
} catch (error) {
  print({ call: 'refused', code: error.code, details: error.metadata.getMap()['grpc-status-details-bin'] !== undefined });
}
scoring.close();
models.close();
