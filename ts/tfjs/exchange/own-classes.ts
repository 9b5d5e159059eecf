// Registers this library's classes with TensorFlow.js, which makes the layers and constraints of files by their names.
import '../lipschitz/constraints.js';
import './group-sort.js';
import './standardise-layer.js';
