/** The one door to onnxruntime. */
import './withoutTelemetry.ts';

export { env, InferenceSession, Tensor } from 'onnxruntime-node';
