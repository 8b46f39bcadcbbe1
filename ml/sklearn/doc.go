// Package sklearn rebuilds fitted estimators of scikit-learn from their state and
// predicts as scikit-learn does.
//
// Words: a Frame is columns of numbers or texts; an Output is what one method
// (predict, predict_proba, transform …) gives for a Frame; a probe is a Frame
// drawn from an estimator's own thresholds, means and categories, so that rows
// come to all of its leaves and classes.
//
// Trees compare as scikit-learn does, the input as float32 with the threshold as
// float64, and sum in its order. Sums over features are taken from the first
// to the last, where BLAS takes them in an order of its own: outputs of linear
// models and projections differ from scikit-learn's in the last bits.
//
// The state is that of the estimators' attributes, whose names change between
// versions: 1.2.2, 1.4.2, 1.6.1 and 1.9.1 were tried. What is not known is refused
// with the name of the class. Nothing is trained here, and sparse input is none.
package sklearn
