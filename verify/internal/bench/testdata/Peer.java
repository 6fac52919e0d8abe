// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * The peer of the comparison: BouncyCastle. It does what peer.c does, and counts the processor time of its one thread only,
 * not that of the compiler and the collector beside it.
 */
public final class Peer {
  private static byte[] message;
  private static byte[] document;
  private static X509Certificate ca;
  private static PKIXParameters parameters;
  private static CertificateFactory factory;

  private static boolean check() throws Exception {
    CMSSignedData cms = new CMSSignedData(new CMSProcessableByteArray(document), message);
    SignerInformation signer = cms.getSignerInfos().iterator().next();
    X509CertificateHolder holder = (X509CertificateHolder) cms.getCertificates().getMatches(signer.getSID()).iterator().next();
    try {
      if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder))) return false;
    } catch (org.bouncycastle.cms.CMSException changed) {
      return false;
    }
    X509Certificate leaf = new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
    CertPath path = factory.generateCertPath(List.of(leaf, ca));
    CertPathValidator.getInstance("PKIX", "BC").validate(path, parameters);
    return true;
  }

  public static void main(String[] args) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Path dir = Path.of(args[0]);
    factory = CertificateFactory.getInstance("X.509", "BC");
    message = Files.readAllBytes(dir.resolve("signature.der"));
    document = Files.readAllBytes(dir.resolve("document"));
    ca = (X509Certificate) factory.generateCertificate(new FileInputStream(dir.resolve("ca.pem").toFile()));
    X509Certificate root = (X509Certificate) factory.generateCertificate(new FileInputStream(dir.resolve("root.pem").toFile()));
    parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(factory.generateCRLs(new FileInputStream(dir.resolve("crl.pem").toFile()))), "BC"));
    if (!check()) throw new IllegalStateException("check");
    document[0] ^= 1;
    if (check()) throw new IllegalStateException("a changed document passes");
    document[0] ^= 1;
    var threads = ManagementFactory.getThreadMXBean();
    var in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      double slice = Integer.parseInt(line.trim()) * 1e6;
      long start = threads.getCurrentThreadCpuTime(), end = start, count = 0;
      for (; end - start < slice; end = threads.getCurrentThreadCpuTime(), count++) if (!check()) throw new IllegalStateException("check");
      System.out.printf(java.util.Locale.ROOT, "%.3f%n", count * 1e9 / (end - start));
      System.out.flush();
    }
  }
}
