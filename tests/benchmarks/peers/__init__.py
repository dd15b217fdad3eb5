"""The tools that people use today, each as a function of a data set's folder and an output folder."""
