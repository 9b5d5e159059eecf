"""The objectives over a score matrix, in what the arrays of PyTorch and of JAX have in common."""


def objective(name, s, info_nce):
    """The objective `name` of the n x m scores `s`; `info_nce` is the peer's own."""
    if name == "cpc":
        return info_nce(s)
    if name == "cpc-symmetric":
        return (info_nce(s) + info_nce(s.T)) / 2
    n, m = s.shape
    positive = s.diagonal().sum()
    return positive / n - (s.sum() - positive) / (n * (m - 1))
